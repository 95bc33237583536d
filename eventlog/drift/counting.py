"""Looks over what has come in and was settled, a part at a time, and counts in what it departs.

The count of a part and how far it goes are written in one transaction, so each delivery counts
once, however many look and whatever ends them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from eventlog.drift.mark import FIRST_LOOK, held_mark
from eventlog.drift.records import OF_RECORDS, Seen, given_away
from eventlog.marks import end_of_part, next_part
from eventlog.models import DriftCount, DriftMark
from eventlog.questions.windows import OLDEST_FIRST, newer_than
from webhooks.clock import LATE
from webhooks.models import Delivery, Event
from webhooks.whatsapp.drift.looking import drift
from webhooks.whatsapp.drift.shapes import Departure, Drift

# Meta has a few dozen; a thousand are names of keys that look like words and are none.
ROWS_AT_MOST = 1000
_ALL_FURTHER = Drift(Departure.FURTHER, "*", "*")

Clock = Callable[[], datetime]


@dataclass(frozen=True, kw_only=True, slots=True)
class LookReport:
    """How far it has come."""

    up_to: datetime
    deliveries: int  # that were looked over now
    up_to_date: bool  # False: the time was up before


def look_over(*, clock: Clock, until: datetime) -> LookReport:
    """Looks over what came since, until the time is up. Any number may do so: they take turns.

    What came within the last two minutes is left to the next look, since more of that time may be
    committed yet. Raises Django's database errors.
    """
    deliveries = 0
    while True:
        now = clock()
        with transaction.atomic():
            mark = held_mark(now=now)
            looked_over, up_to_date = _step(mark, end=now - LATE)
        deliveries += looked_over
        if up_to_date or clock() >= until:
            return LookReport(up_to=mark.up_to, deliveries=deliveries, up_to_date=up_to_date)


def _step(mark: DriftMark, *, end: datetime) -> tuple[int, bool]:
    """Looks over the next part and moves the mark behind it.

    Returns how many deliveries it had, and whether nothing is left.
    """
    part = _next_part(mark, end=end)
    if part:
        _count(part)
        mark.delivery_id, mark.up_to = part[-1]
    elif mark.up_to < end:
        mark.delivery_id, mark.up_to = None, end
    _look_at_events(mark, end=end)
    mark.save()
    return len(part), not part and mark.settled_up_to == end


def _look_at_events(mark: DriftMark, *, end: datetime) -> None:
    """The same of what has been settled: events tell of tracking records."""
    start = mark.settled_up_to or end - FIRST_LOOK
    mark.settled_up_to = end_of_part(Event.objects.all(), "settled_at", start=start, end=end)
    seen = given_away(start, mark.settled_up_to)
    if seen:
        _add(seen)


def _next_part(mark: DriftMark, *, end: datetime) -> Sequence[tuple[UUID, datetime]]:
    """The key of each, and when it was received."""
    after = newer_than(mark.up_to, mark.delivery_id) if mark.delivery_id else _from(mark.up_to)
    return next_part(Delivery.objects.filter(after, received_at__lt=end).order_by(*OLDEST_FIRST))


def _from(moment: datetime) -> Q:
    return Q(received_at__gte=moment)


def _count(part: Sequence[tuple[UUID, datetime]]) -> None:
    """Counts a part. A repeat has no bytes of its own, and counts with what it repeats."""
    seen: dict[Drift, Seen] = {}
    rows = Delivery.objects.filter(pk__in=[key for key, _ in part], body__isnull=False)
    bodies = rows.order_by(*OLDEST_FIRST).values_list("pk", "received_at", "body")
    for key, received_at, body in bodies:
        for each, times in drift(bytes(body or b"")).items():
            before = seen.get(each)
            seen[each] = Seen(
                count=times + (before.count if before else 0),
                first_at=before.first_at if before else received_at,
                last_at=received_at,
                delivery=key,
            )
    if seen:
        _add(seen)


def _add(seen: Mapping[Drift, Seen]) -> None:
    """Adds to the rows; nobody else writes them while the mark is held."""
    rows = {
        Drift(Departure.of(row.departure), row.path, row.shape): row
        for row in DriftCount.objects.all()
    }
    changed: dict[Drift, DriftCount] = {}  # in the order in which they were seen
    for each, one in seen.items():
        has_room = each in rows or each == OF_RECORDS or len(rows) < ROWS_AT_MOST
        kept = each if has_room else _ALL_FURTHER
        row = rows.setdefault(kept, _new_row(kept, first_at=one.first_at))
        row.count += one.count
        row.last_at, row.delivery_id = one.last_at, one.delivery
        changed[kept] = row
    for row in changed.values():
        row.save()


def _new_row(each: Drift, *, first_at: datetime) -> DriftCount:
    return DriftCount(
        departure=each.departure.value, path=each.path, shape=each.shape, first_at=first_at
    )
