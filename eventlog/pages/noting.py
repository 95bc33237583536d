"""Notes in the admin's history who saw or took what, so that it can be told afterwards."""

from datetime import datetime

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from eventlog.links import named
from listeners.models import UnreadableTask
from webhooks.models import Delivery, Event


def note(
    request: HttpRequest, row: Event | Delivery | UnreadableTask | None, words: str, *, at: datetime
) -> None:
    """Keeps what whoever asks has seen of a row; None: of many, as the words say.

    The words are free of personal data, and begin as a `Deed` does (`questions/deeds.py`). Raises
    PermissionDenied for somebody who is not logged in.
    """
    if request.user.pk is None:
        raise PermissionDenied
    LogEntry.objects.create(
        user_id=request.user.pk,
        content_type=ContentType.objects.get_for_model(row) if row is not None else None,
        object_id=str(row.pk) if row is not None else None,
        object_repr=named(row)[:200] if row is not None else "",
        action_flag=CHANGE,
        action_time=at,
        change_message=words,
    )
