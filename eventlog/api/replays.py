"""What other services are told of replays: what one would do, how far it is, what came of it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from rest_framework import serializers

from eventlog.api import asked
from eventlog.models import ReplayJob
from eventlog.replay.fates import Alike, Fate
from eventlog.replay.foreseeing import Foresight
from eventlog.replay.progress import Progress
from eventlog.replay.sealed import seal
from eventlog.replay.selection import Group, Preview, Selection
from eventlog.replay.verdict import Compared, Verdict
from webhooks.outcomes import State


class Fated(serializers.Serializer[Any]):
    """What events become: in which chat they are, or why in none."""

    state = serializers.ChoiceField(choices=[state.value for state in State])
    reason = serializers.CharField()
    meaning = serializers.CharField()
    lease = serializers.CharField(help_text="Of the chat; empty: they are in none.")
    enquiry = serializers.CharField()


class FatedAlike(Fated):
    """Events that would become the same."""

    events = serializers.ListField(child=serializers.IntegerField())


class StandingAlike(serializers.Serializer[Any]):
    """Events that stand alike now, and what a replay does with them."""

    state = serializers.ChoiceField(choices=[state.value for state in State])
    reason = serializers.CharField()
    events = serializers.IntegerField()
    opened = serializers.BooleanField(help_text="Whether they would be opened again.")
    remark = serializers.CharField(help_text="What to expect, or why they are left alone.")


class Confirmation(asked.Replay):
    """What begins a replay just as it was shown, posted as it is."""


class ReplayPreview(serializers.Serializer[Any]):
    """What a replay would do, by tracking records and documents as they are now."""

    choice = serializers.CharField(help_text="What was chosen, in words.")
    to_open = serializers.IntegerField()
    left_alone = serializers.IntegerField()
    busy = serializers.IntegerField(help_text="Of these, in another replay.")
    too_many = serializers.BooleanField(
        help_text="More than one replay takes, or more than were counted here."
    )
    groups = StandingAlike(many=True)
    fates = FatedAlike(many=True, help_text="What those would become that were looked at.")
    untold = serializers.IntegerField(
        help_text="How many Firestore has refused before: of these only the write itself tells."
    )
    not_looked_at = serializers.IntegerField(
        help_text="How many there was no answer or no time for, or are beyond the first 500."
    )
    changes_nothing = serializers.BooleanField(
        help_text="Whether all were looked at, and each would stand as it does now."
    )
    unknown = serializers.ListField(
        child=serializers.IntegerField(),
        help_text="Events that were named, and are not in the ledger.",
    )
    replay = Confirmation(
        allow_null=True, help_text="The body that begins it; null: it would be refused."
    )


class Otherwise(serializers.Serializer[Any]):
    """Events that came out otherwise than foreseen."""

    foreseen = Fated()
    became = Fated()
    count = serializers.IntegerField()
    events = serializers.ListField(child=serializers.IntegerField(), help_text="The first ten.")


class Replay(serializers.Serializer[Any]):
    """How far a replay is."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=ReplayJob.State.values)
    asked_at = serializers.DateTimeField()
    total = serializers.IntegerField()
    to_open = serializers.IntegerField()
    open = serializers.IntegerField(help_text="Opened, without an outcome yet.")
    done = serializers.IntegerField()
    changed = serializers.IntegerField(help_text="Of these, with another outcome than before.")
    foreseen = serializers.IntegerField(
        help_text="Of how many a preview had told what they would become."
    )
    otherwise = serializers.IntegerField(help_text="Of these, that came out otherwise.")
    differences = Otherwise(many=True)
    unknown = serializers.ListField(
        child=serializers.IntegerField(),
        help_text="Events that were just named, and are not in the ledger.",
    )


def preview(
    given: asked.Given,
    selection: Selection,
    found: Preview,
    foresight: Foresight,
    *,
    now: datetime,
) -> dict[str, Any]:
    """As `ReplayPreview`."""
    return {
        "choice": selection.words,
        "to_open": found.replayable,
        "left_alone": found.left_alone,
        "busy": found.busy,
        "too_many": found.too_many,
        "groups": [_group(each) for each in found.groups],
        "fates": [_alike(each) for each in foresight.groups],
        "untold": foresight.untold,
        "not_looked_at": found.replayable - foresight.looked,
        "changes_nothing": foresight.changes_nothing(found.replayable),
        "unknown": list(selection.unknown),
        "replay": _confirmation(given, foresight, now=now) if found.possible else None,
    }


def replay(
    job: ReplayJob, progress: Progress, verdict: Verdict, *, unknown: Sequence[int] = ()
) -> dict[str, Any]:
    """As `Replay`."""
    return {
        "id": job.pk,
        "name": job.name,
        "state": job.state,
        "asked_at": job.asked_at,
        "total": progress.total,
        "to_open": progress.to_open,
        "open": progress.without_task + progress.queued + progress.waiting,
        "done": progress.done,
        "changed": progress.changed,
        "foreseen": verdict.foreseen,
        "otherwise": verdict.otherwise,
        "differences": list(_differences(verdict.compared)),
        "unknown": list(unknown),
    }


def _group(group: Group) -> dict[str, Any]:
    return {
        "state": group.state.value,
        "reason": group.reason.value,
        "events": group.count,
        "opened": group.replayable,
        "remark": group.remark,
    }


def _alike(alike: Alike) -> dict[str, Any]:
    return _fate(alike.fate) | {"events": list(alike.events)}


def _fate(fate: Fate) -> dict[str, Any]:
    """Enquiries and leases are named, people are not."""
    return {
        "state": fate.reason.state.value,
        "reason": fate.reason.value,
        "meaning": fate.reason.meaning,
        "lease": fate.chat.lease_id if fate.chat is not None else "",
        "enquiry": fate.chat.enquiry_id if fate.chat is not None else "",
    }


def _confirmation(given: asked.Given, foresight: Foresight, *, now: datetime) -> dict[str, Any]:
    """The same again, of the same window, and with what was shown."""
    body = {**given}
    if "which" in body:
        body["which"] = asked.closed(body["which"], asked.filter_of(body["which"], now=now))
    if shown := seal(foresight.fates):
        body["foreseen"] = shown
    return body


def _differences(compared: Iterable[Compared]) -> Iterator[dict[str, Any]]:
    for row in compared:
        for each in row.differences:
            yield {
                "foreseen": _fate(row.fate),
                "became": _fate(each.became),
                "count": each.count,
                "events": list(each.events),
            }
