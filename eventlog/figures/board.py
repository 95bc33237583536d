"""The figures of a stretch of time: what was added up before, and the last minutes as they are."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min

from eventlog.figures.counting import ALL, MINUTE, count_minutes, minute_of
from eventlog.figures.spans import start_of
from eventlog.figures.tally import Tally, decode
from eventlog.figures.unseen import unseen_by_number
from eventlog.models import Figure, RollUp
from visn_whatsapp.explained import Labelled
from webhooks.models import Event
from webhooks.whatsapp.numbers import spellings

# The last minutes are counted anew with each look: their events are still on their way.
LIVE = 2 * MINUTE
# If nobody adds up, no more than this is counted with each look.
LIVE_AT_MOST = 10 * MINUTE
# Nor more events: a look that takes seconds would make a busy hour worse.
LIVE_EVENTS_AT_MOST = 20_000


class Stretch(Labelled):
    """How far back one looks, and how long each bar is."""

    length: timedelta
    span: Figure.Span

    HOUR = "hour", "Last hour", timedelta(hours=1), Figure.Span.MINUTE
    DAY = "day", "Last day", timedelta(days=1), Figure.Span.QUARTER
    WEEK = "week", "Last week", timedelta(days=7), Figure.Span.HOUR

    def __init__(self, word: str, label: str, length: timedelta, span: Figure.Span) -> None:
        super().__init__(word, label)
        self.length, self.span = length, span

    @property
    def bar_length(self) -> timedelta:
        """How long one bar is."""
        return timedelta(seconds=self.span)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """What came in the time that it stands for."""

    start: datetime
    tally: Tally


@dataclass(frozen=True, kw_only=True, slots=True)
class Board:
    """All figures of a stretch that ends now."""

    stretch: Stretch
    start: datetime
    now: datetime
    bars: tuple[Bar, ...]  # oldest first; the last one is not over
    total: Tally
    unseen: Mapping[str, int]  # by lease number as spelled, whichever the figures are of
    # Between these nobody has counted yet; None if nothing is missing.
    gap: tuple[datetime, datetime] | None
    until: datetime  # what came later is not in it: now, unless too much comes to count it live
    counted_to: datetime  # what came before has been added up


def board(stretch: Stretch, *, lease_number: str = ALL, now: datetime) -> Board:
    """Collects the figures of one lease number in all its spellings, or of all of them."""
    last = start_of(stretch.span, now)
    start = last - stretch.length + stretch.bar_length
    counted_to, live_from = _edges(now)
    to = min(counted_to, live_from)
    edge = max(start_of(stretch.span, to), start)
    numbers = spellings(lease_number)
    tallies = _tallies(stretch, numbers, start=start, edge=edge, live_from=to)
    is_live = not _too_many(live_from)
    live = count_minutes(live_from, now + MINUTE) if is_live else {}
    for (minute, number), tally in live.items():
        if number in numbers and minute >= start:
            _add(tallies, start_of(stretch.span, minute), tally)
    count = stretch.length // stretch.bar_length
    starts = (start + stretch.bar_length * number for number in range(count))
    bars = tuple(Bar(start=each, tally=tallies.get(each, Tally())) for each in starts)
    total = Tally()
    for bar in bars:
        total.add(bar.tally)
    gap = (max(counted_to, start), live_from) if counted_to < live_from else None
    return Board(
        stretch=stretch,
        start=start,
        now=now,
        bars=bars,
        total=total,
        unseen=unseen_by_number(stretch.span, start=start, edge=edge, live_from=to, live=live),
        gap=gap,
        until=now if is_live else live_from,
        counted_to=counted_to,
    )


def _edges(now: datetime) -> tuple[datetime, datetime]:
    """Up to when the figures are added up, and from when on everything is counted anew."""
    minute = minute_of(now)
    live_from = minute - LIVE_AT_MOST
    row = RollUp.objects.first()
    if row is not None:
        counted_to = min(row.rolled_up_to, minute - LIVE)
    else:
        counted_to = Event.objects.aggregate(first=Min("received_at"))["first"] or live_from
    return counted_to, max(counted_to, live_from)


def _too_many(live_from: datetime) -> bool:
    events = Event.objects.filter(received_at__gte=live_from).order_by("received_at")
    return events.values("pk")[LIVE_EVENTS_AT_MOST : LIVE_EVENTS_AT_MOST + 1].exists()


def _tallies(
    stretch: Stretch,
    numbers: Collection[str],
    *,
    start: datetime,
    edge: datetime,
    live_from: datetime,
) -> dict[datetime, Tally]:
    """The figures of whole bars, and of the minutes between the last of them and the live ones."""
    tallies: dict[datetime, Tally] = {}
    rows = Figure.objects.filter(lease_number__in=numbers)
    whole = rows.filter(span=stretch.span, start__gte=start, start__lt=edge)
    minutes = rows.filter(span=Figure.Span.MINUTE, start__gte=edge, start__lt=live_from)
    for moment, tally in whole.union(minutes, all=True).values_list("start", "tally"):
        _add(tallies, start_of(stretch.span, moment), decode(bytes(tally)))
    return tallies


def _add(tallies: dict[datetime, Tally], start: datetime, tally: Tally) -> None:
    tallies.setdefault(start, Tally()).add(tally)
