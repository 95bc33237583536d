"""How often a problem was seen over a day or a week, as bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.timezone import localtime

from eventlog.figures.charts import BAR, GAP, HEIGHT, Label, nice_ceiling
from eventlog.models import Problem, Sign
from eventlog.signs.noting import KEPT
from eventlog.zones.wall import shown
from visn_whatsapp.explained import Labelled


class Reach(Labelled):
    """How far back a chart goes, and how long each bar is."""

    length: timedelta
    bar: timedelta

    DAY = "day", "Last day", timedelta(days=1), timedelta(minutes=30)
    WEEK = "week", "Last week", timedelta(days=7), timedelta(hours=3)

    def __init__(self, word: str, label: str, length: timedelta, bar: timedelta) -> None:
        super().__init__(word, label)
        self.length, self.bar = length, bar


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One bar."""

    x: float
    y: float
    height: float
    words: str  # what it says, for pointers and readers
    count: int
    start: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class SignChart:
    """What was seen of a problem, oldest first."""

    columns: Sequence[Column]
    width: float
    bar_width: float
    top: int  # what the upper edge stands for
    labels: Sequence[Label]
    total: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """How often it was seen until now."""

    hour: int
    day: int
    week: int


def counts(problem: Problem, *, now: datetime) -> Counts:
    """Adds up its signs, which are kept for eight days. One query."""
    rows = _signs(problem).filter(start__gt=now - KEPT).values_list("start", "count")
    signs = list(rows)
    hour, day, week = (
        sum(count for start, count in signs if start > now - length)
        for length in (timedelta(hours=1), timedelta(days=1), timedelta(days=7))
    )
    return Counts(hour=hour, day=day, week=week)


def chart(problem: Problem, reach: Reach, *, now: datetime) -> SignChart:
    """Draws how often it was seen. One query."""
    seconds = reach.bar.total_seconds()
    last = datetime.fromtimestamp(now.timestamp() // seconds * seconds, tz=now.tzinfo)
    start = last - reach.length + reach.bar
    bars = [0] * (reach.length // reach.bar)
    for moment, count in _signs(problem).filter(start__gte=start).values_list("start", "count"):
        bars[min((moment - start) // reach.bar, len(bars) - 1)] += count
    top = nice_ceiling(max(bars))
    columns = [
        _column(place, count, start=start + place * reach.bar, top=top)
        for place, count in enumerate(bars)
    ]
    return SignChart(
        columns=columns,
        width=len(bars) * BAR,
        bar_width=BAR - GAP,
        top=round(top),
        labels=_labels(reach, start=start, bars=len(bars)),
        total=sum(bars),
    )


def _signs(problem: Problem) -> QuerySet[Sign]:
    return Sign.objects.filter(kind=problem.kind, subject=problem.subject)


def _column(place: int, count: int, *, start: datetime, top: float) -> Column:
    height = count * HEIGHT / top
    return Column(
        x=place * BAR,
        y=HEIGHT - height,
        height=height,
        words=f"{shown(localtime(start), '%a %d %b %H:%M')}: {count:,}",
        count=count,
        start=start,
    )


def _labels(reach: Reach, *, start: datetime, bars: int) -> Sequence[Label]:
    """A time below every eighth bar, with room at the edges."""
    pattern = "%H:%M" if reach == Reach.DAY else "%a %d"
    return [
        Label(x=100 * place / bars, words=localtime(start + place * reach.bar).strftime(pattern))
        for place in range(8, bars - 4, 8)
    ]
