"""Brings the figures up to date: what came in since, and what changed of what had come before."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Min

from eventlog.figures.changed import Changed, changed_minutes
from eventlog.figures.counting import MINUTE, Tallies, count_minutes, minute_of
from eventlog.figures.marks import held_mark
from eventlog.figures.news import news
from eventlog.figures.spans import forget, hour_of, oldest_kept, start_of
from eventlog.figures.tally import Tally, decode, encode
from eventlog.marks import end_of_part
from eventlog.models import Figure, LeaseNumber, RollUp
from eventlog.signs.noting import note
from webhooks.clock import LATE
from webhooks.models import Delivery, Event

# How much of the ledger is counted in one transaction at most: less of it where much came in.
STEP = timedelta(hours=6)
STARTS_AT_A_TIME = 500  # of spans, named in one query
PARTS = {Figure.Span.QUARTER: Figure.Span.MINUTE, Figure.Span.HOUR: Figure.Span.QUARTER}

Clock = Callable[[], datetime]


@dataclass(frozen=True, kw_only=True, slots=True)
class RollUpReport:
    """How far the figures have come."""

    rolled_up_to: datetime
    minutes: int  # minutes that were counted, again or for the first time
    up_to_date: bool  # False: there is more to count, now or as soon as it is written for good


def roll_up(*, clock: Clock, until: datetime) -> RollUpReport:
    """Counts what is new, a part of the ledger at a time, until the time is up.

    Any number may do so at once: they take turns. What was counted stays so, whatever ends it.
    """
    minutes, begun_at = 0, None
    while True:
        now = clock()
        with transaction.atomic():
            mark = held_mark(now=now)
            minutes += _step(mark, now=now, begun_at=begun_at)
        begun_at = begun_at or now
        counted = mark.rolled_up_to >= minute_of(now)
        if (counted and mark.changes_until >= now - LATE) or clock() >= until:
            break
    forget(clock=clock, until=until)
    return RollUpReport(
        rolled_up_to=mark.rolled_up_to,
        minutes=minutes,
        up_to_date=counted and mark.changes_until >= begun_at,
    )


def _step(mark: RollUp, *, now: datetime, begun_at: datetime | None) -> int:
    """Counts the next part and moves the mark behind it; returns how many minutes it had."""
    start, end = mark.rolled_up_to - LATE, _end_of_step(mark, now=now)
    if start < oldest_kept(Figure.Span.MINUTE, now=now):
        # Of the hour before nothing is left but its sum, and this one is added up whole.
        start = hour_of(mark.rolled_up_to)
    changed = _changed(mark, before=start, now=now, begun_at=begun_at)
    minutes = _minutes_between(start, end).union(changed.minutes)
    tallies: Tallies = {}
    for first, last in _runs(minutes):
        tallies |= count_minutes(first, last)
    before = _write(Figure.Span.MINUTE, tallies)
    note(news(before, tallies, now=now), now=now)
    _add_up(Figure.Span.QUARTER, minutes)
    _add_up(Figure.Span.HOUR, minutes)
    _note_lease_numbers(start, end)
    mark.rolled_up_to, mark.changes_until = max(end, mark.rolled_up_to), changed.until
    mark.save()
    return len(minutes)


def _end_of_step(mark: RollUp, *, now: datetime) -> datetime:
    """The end of a minute: the next one's at least, unless it is not over."""
    start = mark.rolled_up_to
    latest = end = min(start + STEP, minute_of(now))
    for rows in (Event.objects.all(), Delivery.objects.all()):
        end = end_of_part(rows, "received_at", start=start, end=end)
    return latest if end == latest else max(minute_of(end), start + MINUTE)


def _changed(
    mark: RollUp, *, before: datetime, now: datetime, begun_at: datetime | None
) -> Changed:
    """The minutes before whose events, or whose runs, have changed since they were counted.

    Each part begins where nothing is written late any more, so that what is written late is found,
    and looks ahead for what a clock before ours has written. `begun_at` is when the round's first
    step was; the others leave to the next round what may still be written.
    """
    final = _final(mark)
    if begun_at is not None and final >= begun_at - LATE:
        return Changed(minutes=(), until=mark.changes_until)
    changed = changed_minutes(
        final,
        end=now + LATE,
        start=oldest_kept(Figure.Span.MINUTE, now=now) + STEP,
        before=before,
    )
    mark.changes_final_until = min(changed.until, now - LATE)
    return replace(changed, until=min(changed.until, now))


def _final(mark: RollUp) -> datetime:
    """A release before writes `changes_until` alone."""
    known = mark.changes_final_until
    return mark.changes_until - LATE if known is None else min(known, mark.changes_until)


def _minutes_between(start: datetime, end: datetime) -> set[datetime]:
    minutes = int((end - start) / MINUTE)
    return {start + MINUTE * number for number in range(max(minutes, 0))}


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


def _write(span: Figure.Span, tallies: Tallies) -> Tallies:
    """Writes figures, but none that counts fewer events than before, nor deliveries or tries.

    What was received stays received: of such a span retention has taken a part. Returns what the
    figures said before.
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
    return counted


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
