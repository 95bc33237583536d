"""Brings the figures up to date: what came in since, and what changed of what had come before."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Min
from django.db.models.functions import TruncMinute

from eventlog.figures.counting import MINUTE, Tallies, count_minutes, minute_of
from eventlog.figures.marks import held_mark
from eventlog.figures.spans import forget, hour_of, oldest_kept, start_of
from eventlog.figures.tally import Tally, decode, encode
from eventlog.models import Figure, LeaseNumber, RollUp
from listeners.models import TaskRun
from webhooks.alias import reopened_since
from webhooks.clock import LATE
from webhooks.models import Event

# How much of the ledger is counted in one transaction.
STEP = timedelta(hours=6)
STARTS_AT_A_TIME = 500  # of spans, named in one query
LONGEST_RUN = timedelta(minutes=30)  # that Cloud Tasks waits for an answer
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
            mark = held_mark(now=now)
            counted = _step(mark, now=now)
        minutes += counted
        up_to_date = mark.rolled_up_to >= minute_of(now)
        if up_to_date or clock() >= until:
            break
    forget(now=now)
    return RollUpReport(rolled_up_to=mark.rolled_up_to, minutes=minutes, up_to_date=up_to_date)


def _step(mark: RollUp, *, now: datetime) -> int:
    start, end = mark.rolled_up_to - LATE, min(mark.rolled_up_to + STEP, minute_of(now))
    if start < oldest_kept(Figure.Span.MINUTE, now=now):
        # Of the hour before nothing is left but its sum, and this one is added up whole.
        start = hour_of(mark.rolled_up_to)
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
    replayed = Event.objects.filter(replays__reopened_at__gte=since)
    explained = Event.objects.filter(pk__in=reopened_since(since))
    retried = TaskRun.objects.filter(
        started_at__gte=since - LONGEST_RUN, finished_at__gte=since, retry_count__gt=0
    )
    changed = {
        minute
        for rows, moment in (
            (settled, "received_at"),
            (replayed, "received_at"),
            (explained, "received_at"),
            (retried, "started_at"),
        )
        for minute in rows.order_by().values_list(TruncMinute(moment), flat=True).distinct()
    }
    oldest = oldest_kept(Figure.Span.MINUTE, now=now) + STEP
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
    """Writes figures, but none that counts fewer events than before, nor deliveries or tries.

    What was received stays received: of such a span retention has taken a part.
    """
    counted = _counted(span, {start for start, _ in tallies})
    for key, before in counted.items():
        if key in tallies:
            tallies[key].keep(before)
    Figure.objects.bulk_create(
        [
            Figure(
                span=span,
                start=start,
                lease_number=lease_number,
                events=tally.events,
                unseen=tally.unseen,
                tally=encode(tally),
            )
            for (start, lease_number), tally in tallies.items()
            if tally.events >= counted.get((start, lease_number), Tally()).events
        ],
        update_conflicts=True,
        unique_fields=["span", "lease_number", "start"],
        update_fields=["events", "unseen", "tally"],
        batch_size=1000,
    )


def _counted(span: Figure.Span, starts: Collection[datetime]) -> Tallies:
    """What figures say so far."""
    found: Tallies = {}
    wanted = sorted(starts)
    for first in range(0, len(wanted), STARTS_AT_A_TIME):
        rows = Figure.objects.filter(
            span=span, start__in=wanted[first : first + STARTS_AT_A_TIME]
        ).values_list("start", "lease_number", "tally")
        found |= {(start, number): decode(bytes(tally)) for start, number, tally in rows}
    return found


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
        row = known.get(number) or LeaseNumber(
            number=number, first_event_at=first, last_event_at=last
        )
        row.first_event_at = min(first, row.first_event_at)
        # What is counted again lies before the last event.
        if last >= row.last_event_at:
            row.last_event_at, row.last_event = last, last_event
        row.save()
