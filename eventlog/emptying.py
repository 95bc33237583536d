"""Takes the bytes of deliveries whose events stay: what is in them is not needed as long.

What became of the events is told as long as they are there; nothing of them can be read again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from eventlog.marks import held
from eventlog.models import EmptiedMark, ReplayedEvent
from webhooks.models import Delivery, Event
from webhooks.outcomes import OPEN

# Meta sends again for seven days, and what is skipped is looked at and replayed in that time.
SHORTEST = timedelta(days=7)
DELIVERIES_AT_A_TIME = 200
_BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(kw_only=True, slots=True)
class Emptied:
    """What was emptied; of a dry run, what would be."""

    emptied: int = 0
    not_emptied: int = 0  # as old, and with an open event or replayed since


def empty(deliveries: Collection[UUID], *, now: datetime) -> int:
    """Takes bytes and headers, in the caller's transaction. Returns of how many, each once."""
    rows = Delivery.objects.filter(pk__in=deliveries, body__isnull=False)
    return rows.update(body=None, headers={}, emptied_at=now)


def empty_old(*, before: datetime, now: datetime, dry_run: bool = False) -> Emptied:
    """Empties what was received before a moment, the oldest first, in small transactions.

    What has an open event, or was replayed since that moment, keeps its bytes and is looked at
    again by the next. May be broken off at any time, and run beside everything else; beside itself
    they take turns. Raises Django's database errors.
    """
    if dry_run:
        mark = EmptiedMark.objects.first() or EmptiedMark(up_to=_BEGINNING)
        return Emptied(emptied=_from(mark.kept_since or mark.up_to, before=before).count())
    done = Emptied()
    with transaction.atomic():
        mark = held(EmptiedMark(pk=1, up_to=_BEGINNING))
        mark.up_to, mark.delivery, mark.kept_since = mark.kept_since or mark.up_to, None, None
        mark.save()
    while _step(done, before=before, now=now):
        pass
    return done


def _step(done: Emptied, *, before: datetime, now: datetime) -> bool:
    """Goes through the next part and moves the mark behind it. Returns whether there was any."""
    with transaction.atomic():
        mark = held(EmptiedMark(pk=1, up_to=_BEGINNING))
        rows = _from(mark.up_to, before=before).order_by("received_at", "pk")
        if mark.delivery:
            rows = rows.filter(Q(received_at__gt=mark.up_to) | Q(pk__gt=mark.delivery))
        part = list(rows.values_list("pk", "received_at")[:DELIVERIES_AT_A_TIME])
        if not part:
            return False
        keys = [key for key, _ in part]
        busy = _busy(_locked(keys), before=before)
        kept = [received_at for key, received_at in part if key in busy]
        done.emptied += empty([key for key in keys if key not in busy], now=now)
        done.not_emptied += len(kept)
        mark.delivery, mark.up_to = part[-1]
        mark.kept_since = min(
            [*kept, *([mark.kept_since] if mark.kept_since else [])], default=None
        )
        mark.save()
    return True


def _from(moment: datetime, *, before: datetime) -> QuerySet[Delivery]:
    rows = Delivery.objects.filter(body__isnull=False, repeat_of=None)
    return rows.filter(received_at__gte=moment, received_at__lt=before)


def _locked(deliveries: Sequence[UUID]) -> dict[int, tuple[UUID, str]]:
    """Locks them and their events, of which none is opened again meanwhile; how these stand."""
    rows = Delivery.objects.filter(pk__in=deliveries).select_for_update(no_key=True)
    list(rows.order_by("pk").values_list("pk"))
    events = Event.objects.filter(delivery__in=deliveries).select_for_update(no_key=True)
    found = events.order_by("pk").values_list("pk", "delivery_id", "state")
    return {key: (delivery, state) for key, delivery, state in found}


def _busy(events: dict[int, tuple[UUID, str]], *, before: datetime) -> set[UUID]:
    busy = {delivery for delivery, state in events.values() if state in OPEN}
    keys = list(events)
    for start in range(0, len(keys), 1000):
        part = keys[start : start + 1000]
        since = ReplayedEvent.objects.filter(event__in=part, job__asked_at__gte=before)
        busy |= {events[key][0] for key in since.values_list("event_id", flat=True)}
    return busy
