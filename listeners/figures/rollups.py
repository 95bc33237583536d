"""Brings the figures up to date: what came in since, and what changed of what had come before."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Min
from django.db.models.functions import TruncMinute

from listeners.figures.counting import MINUTE, Tallies, count_minutes, minute_of
from listeners.figures.models import Figure, LeaseNumber, RollUp
from listeners.figures.tally import Tally, decode, encode
from listeners.models import TaskRun
from webhooks.models import Event

# By how much a row may be committed after the moment that it bears.
LATE = timedelta(minutes=2)
# How much of the ledger is counted in one transaction.
STEP = timedelta(hours=6)
LONGEST_RUN = timedelta(minutes=30)  # that Cloud Tasks waits for an answer
KEPT = {
    Figure.Span.MINUTE: timedelta(days=35),
    Figure.Span.QUARTER: timedelta(days=35),
    Figure.Span.HOUR: timedelta(days=400),
}
PARTS = {Figure.Span.QUARTER: Figure.Span.MINUTE, Figure.Span.HOUR: Figure.Span.QUARTER}

Clock = Callable[[], datetime]


@dataclass(frozen=True, kw_only=True, slots=True)
class RollUpReport:
    """How far the figures have come."""

    rolled_up_to: datetime
    minutes: int  # minutes that were counted, again or for the first time
    up_to_date: bool  # False: the time was up before


def roll_up(*, clock: Clock, until: datetime) -> RollUpReport:
    """Counts what is new, a few hours of the ledger at a time, until the time is up.

    Any number may do so at once: they take turns.
    """
    minutes = 0
    while True:
        now = clock()
        with transaction.atomic():
            mark = _mark(now)
            counted = _step(mark, now=now)
        minutes += counted
        up_to_date = mark.rolled_up_to >= minute_of(now)
        if up_to_date or clock() >= until:
            break
    _forget(now)
    return RollUpReport(rolled_up_to=mark.rolled_up_to, minutes=minutes, up_to_date=up_to_date)


def go_back(moment: datetime) -> None:
    """Lets everything from a moment on be counted again by the next rounds."""
    RollUp.objects.filter(rolled_up_to__gt=moment).update(rolled_up_to=minute_of(moment))


def _mark(now: datetime) -> RollUp:
    """How far the figures have come; the row is held until the end of the transaction."""
    mark = RollUp.objects.select_for_update().first()
    if mark is None:
        first = Event.objects.order_by("received_at").values_list("received_at", flat=True).first()
        start = max(minute_of(first or now), hour_of(now) - KEPT[Figure.Span.MINUTE])
        # Whoever is first: the other finds the row once it is committed.
        RollUp.objects.bulk_create(
            [RollUp(pk=1, rolled_up_to=start, changes_until=now)], ignore_conflicts=True
        )
        mark = RollUp.objects.select_for_update().get()
    return mark


def _step(mark: RollUp, *, now: datetime) -> int:
    start, end = mark.rolled_up_to - LATE, min(mark.rolled_up_to + STEP, minute_of(now))
    minutes = _minutes_between(start, end) | _changed_minutes(mark, before=start, now=now)
    tallies: Tallies = {}
    for first, last in _runs(minutes):
        tallies |= count_minutes(first, last)
    _write(Figure.Span.MINUTE, tallies)
    _add_up(Figure.Span.QUARTER, minutes)
    _add_up(Figure.Span.HOUR, minutes)
    _note_lease_numbers(start, end)
    mark.rolled_up_to, mark.changes_until = max(end, mark.rolled_up_to), now
    mark.save()
    return len(minutes)


def _minutes_between(start: datetime, end: datetime) -> set[datetime]:
    minutes = int((end - start) / MINUTE)
    return {start + MINUTE * number for number in range(max(minutes, 0))}


def _changed_minutes(mark: RollUp, *, before: datetime, now: datetime) -> set[datetime]:
    """The minutes before whose events, or whose runs, have changed since they were counted."""
    since = mark.changes_until - LATE
    # One condition each: with a second one on the time, SQLite would read all events of that time.
    settled = Event.objects.filter(settled_at__gte=since)
    reopened = Event.objects.filter(replays__reopened_at__gte=since)
    retried = TaskRun.objects.filter(
        started_at__gte=since - LONGEST_RUN, finished_at__gte=since, retry_count__gt=0
    )
    changed = {
        minute
        for rows, moment in (
            (settled, "received_at"),
            (reopened, "received_at"),
            (retried, "started_at"),
        )
        for minute in rows.order_by().values_list(TruncMinute(moment), flat=True).distinct()
    }
    oldest = hour_of(now) - KEPT[Figure.Span.MINUTE] + STEP
    return {minute for minute in changed if oldest <= minute < before}


def _runs(minutes: Collection[datetime]) -> Iterable[tuple[datetime, datetime]]:
    """Minutes that follow each other, as start and end."""
    start = end = None
    for minute in sorted(minutes):
        if start is not None and end == minute:
            end = minute + MINUTE
            continue
        if start is not None and end is not None:
            yield start, end
        start, end = minute, minute + MINUTE
    if start is not None and end is not None:
        yield start, end


def _add_up(span: Figure.Span, minutes: Iterable[datetime]) -> None:
    """Adds the parts of every span that one of the minutes lies in."""
    starts = sorted({start_of(span, minute) for minute in minutes})
    tallies: Tallies = {}
    length = timedelta(seconds=span)
    for first in starts:
        parts = Figure.objects.filter(
            span=PARTS[span], start__gte=first, start__lt=first + length
        ).values_list("lease_number", "tally")
        for lease_number, tally in parts:
            tallies.setdefault((first, lease_number), Tally()).add(decode(bytes(tally)))
    _write(span, tallies)


def _write(span: Figure.Span, tallies: Tallies) -> None:
    Figure.objects.bulk_create(
        [
            Figure(
                span=span,
                start=start,
                lease_number=lease_number,
                events=tally.events,
                tally=encode(tally),
            )
            for (start, lease_number), tally in tallies.items()
        ],
        update_conflicts=True,
        unique_fields=["span", "lease_number", "start"],
        update_fields=["events", "tally"],
        batch_size=1000,
    )


def _note_lease_numbers(start: datetime, end: datetime) -> None:
    rows = (
        Event.objects.filter(received_at__gte=start, received_at__lt=end)
        .exclude(lease_number="")
        .order_by()
        .values_list("lease_number")
        .annotate(Min("received_at"), Max("received_at"), Max("pk"))
    )
    known = LeaseNumber.objects.in_bulk([number for number, *_ in rows], field_name="number")
    for number, first, last, last_event in rows:
        row = known.get(number) or LeaseNumber(number=number, first_event_at=first)
        row.last_event_at, row.last_event = last, last_event
        row.save()


def start_of(span: Figure.Span, moment: datetime) -> datetime:
    """Returns the start of the span that the moment lies in."""
    return datetime.fromtimestamp(moment.timestamp() // span * span, tz=moment.tzinfo)


def hour_of(moment: datetime) -> datetime:
    """Returns the start of its hour."""
    return start_of(Figure.Span.HOUR, moment)


def _forget(now: datetime) -> None:
    """Removes figures that nobody looks at any more."""
    for span, time in KEPT.items():
        Figure.objects.filter(span=span, start__lt=now - time).delete()
