"""What somebody has seen and done: lines in the admin's history."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType

from eventlog.links import named
from eventlog.models import Erasure, ReplayJob
from listeners.models import UnreadableTask
from webhooks.models import Delivery, Event


def note_deed(
    rows: Sequence[Event | Delivery | UnreadableTask | None], words: str, *, by: int, now: datetime
) -> None:
    """Notes what a user has seen of each of these rows; None: of many, as the words say.

    The words are free of personal data, and begin as a `Deed` does (`questions/deeds.py`).
    """
    LogEntry.objects.bulk_create(
        LogEntry(
            user_id=by,
            content_type=ContentType.objects.get_for_model(row) if row is not None else None,
            object_id=str(row.pk) if row is not None else None,
            object_repr=named(row)[:200] if row is not None else "",
            action_flag=CHANGE,
            action_time=now,
            change_message=words,
        )
        for row in rows
    )


def note_erasure(user: User, erasure: Erasure, words: str) -> None:
    """Notes that a user has begun to erase somebody; the words do not say whom."""
    LogEntry.objects.log_actions(
        user_id=user.pk,
        queryset=[erasure],
        action_flag=DELETION,
        change_message=words,
        single_object=True,
    )


def note_replay(user: User, job: ReplayJob) -> None:
    """Notes that a user has begun a replay."""
    LogEntry.objects.log_actions(
        user_id=user.pk,
        queryset=[job],
        action_flag=ADDITION,
        change_message=f"{job.kind.capitalize()} of {_so_many(job.event_count)}: {job.choice}",
        single_object=True,
    )


def _so_many(events: int) -> str:
    return "1 event" if events == 1 else f"{events:,} events"
