"""Charts as geometry: what a template needs to draw them as SVG, without a script or a library.

A drawing is stretched to the width that it finds; words stand beside it, so they keep their size.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate, pairwise

from django.utils.timezone import localtime

from eventlog.figures.board import Bar, Board, Stretch
from eventlog.figures.histogram import percentile
from eventlog.figures.tally import Tally
from eventlog.figures.week_before import WeekBefore
from eventlog.questions.filters import EventFilter, query_string
from eventlog.questions.windows import Window
from eventlog.zones import wall
from webhooks.outcomes import OPEN, State
from webhooks.stages import Stage

HEIGHT = 100.0  # of a drawing, in its own units
BAR = 10.0  # width that a bar and the gap after it take
GAP = 1.5

# From bottom to top: what is well is the ground that the rest stands on.
LAYERS = (State.PROCESSED, State.DUPLICATE, State.IGNORED, State.SKIPPED, State.FAILED)
OPEN_LAYER = "open"
# Below the bars stands what begins with one of them: ten minutes, four hours, a day.
TICKS: Mapping[Stretch, Callable[[datetime], object]] = {
    Stretch.HOUR: lambda moment: (moment.hour, moment.minute // 10),
    Stretch.DAY: lambda moment: (moment.day, moment.hour // 4),
    Stretch.WEEK: lambda moment: moment.date(),
}
LABEL_FORMATS = {Stretch.HOUR: "%H:%M", Stretch.DAY: "%H:%M", Stretch.WEEK: "%a %d"}
# A label is in the middle below its place, and "now" ends at the right edge.
FIRST_LABEL, LAST_LABEL = 5.0, 84.0  # per cent, with room for a phone
TIME_FORMATS = {Stretch.HOUR: "%H:%M", Stretch.DAY: "%H:%M", Stretch.WEEK: "%a %H:%M"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A part of a bar."""

    layer: str  # a state, or `open`
    y: float
    height: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One bar."""

    x: float
    start: datetime
    words: str  # what it says, for pointers and readers
    blocks: Sequence[Block]
    counts: Sequence[int]  # by layer, for the table
    before: int | None  # events in the same time a week before; None: nobody can say
    query: str  # of the list of what came in it


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """A time below the bars."""

    x: float  # per cent of the width
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """Events per minute as stacked bars, and as a line what came a week before."""

    columns: Sequence[Column]
    layers: Sequence[str]
    width: float
    bar_width: float
    top: str  # what the upper edge stands for, in events per minute
    middle: str
    labels: Sequence[Label]
    before: WeekBefore
    line: str  # the path of what came a week before; empty: nobody can say


def bar_chart(board: Board, *, before: WeekBefore, shown: EventFilter) -> Chart:
    """Draws what came in the time of each bar, by what became of it.

    Each leads to the events that `shown` asks for and that came in it.
    """
    minutes = board.stretch.bar_length / timedelta(minutes=1)
    highest = max(bar.tally.events for bar in board.bars)
    top = nice_ceiling(max(highest, *(count or 0 for count in before.counts)) / minutes)
    scale = HEIGHT / (top * minutes)
    columns = [
        Column(
            x=number * BAR,
            start=bar.start,
            words=f"{_time(bar, board)}: {_words(bar.tally)}{_beside(count)}",
            blocks=_blocks(bar.tally, scale=scale),
            counts=list(layer_counts(bar.tally).values()),
            before=count,
            query=_list_of(bar, board, shown),
        )
        for number, (bar, count) in enumerate(zip(board.bars, before.counts, strict=True))
    ]
    return Chart(
        columns=columns,
        layers=[*(state.value for state in LAYERS), OPEN_LAYER],
        width=len(columns) * BAR,
        bar_width=BAR - GAP,
        top=rate(top),
        middle=rate(top / 2),
        labels=_labels(board),
        before=before,
        line=_line(before.counts, scale=scale),
    )


def _labels(board: Board) -> list[Label]:
    """A label below each bar with which something whole begins, in the time zone of the pages."""
    tick, starts = TICKS[board.stretch], [localtime(bar.start) for bar in board.bars]
    labels = [
        Label(
            x=100 * number / len(starts),
            words=start.strftime(LABEL_FORMATS[board.stretch]).replace(" 0", " "),
        )
        for number, (before, start) in enumerate(pairwise(starts), start=1)
        if tick(before) != tick(start)
    ]
    return [label for label in labels if FIRST_LABEL <= label.x <= LAST_LABEL]


def _blocks(tally: Tally, *, scale: float) -> Sequence[Block]:
    counts = layer_counts(tally)
    return [
        Block(layer=layer, y=HEIGHT - edge * scale, height=count * scale)
        for (layer, count), edge in zip(counts.items(), accumulate(counts.values()), strict=True)
        if count
    ]


def _line(counts: Sequence[int | None], *, scale: float) -> str:
    """A step for each bar, as high as what came a week before, and a gap where nobody can say."""
    path, is_drawn = "", False
    for number, count in enumerate(counts):
        if count is not None:
            y = f"{HEIGHT - count * scale:.4g}"
            path += f"V{y}" if is_drawn else f"M{number * BAR:g} {y}"
            path += f"H{(number + 1) * BAR:g}"
        is_drawn = count is not None
    return path


def _time(bar: Bar, board: Board) -> str:
    return wall.shown(localtime(bar.start), TIME_FORMATS[board.stretch])


def _words(tally: Tally) -> str:
    parts = (f"{count:,} {layer}" for layer, count in layer_counts(tally).items() if count)
    return ", ".join(parts) or "nothing"


def _beside(count: int | None) -> str:
    return "" if count is None else f"; a week before {count:,}"


def _list_of(bar: Bar, board: Board, shown: EventFilter) -> str:
    window = Window(start=bar.start, end=bar.start + board.stretch.bar_length)
    return query_string(replace(shown, window=window))


def layer_counts(tally: Tally) -> Mapping[str, int]:
    """How many events are in each layer, from bottom to top."""
    counts = {state.value: tally.count_of(state) for state in LAYERS}
    return counts | {OPEN_LAYER: sum(tally.count_of(state) for state in OPEN)}


def nice_ceiling(value: float) -> float:
    """Returns the next number up that is easy to read: 1, 2 or 5 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return float(next(power * step for step in (1, 2, 5, 10) if power * step >= value * 0.999))


def rate(value: float) -> str:
    """Writes a number of events per minute: `0.05`, `2.5`, `120`, `2,000`."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004 (three digits)


@dataclass(frozen=True, kw_only=True, slots=True)
class Latency:
    """How long one stage takes, and where that lies on a scale of equal ratios."""

    stage: Stage
    events: int
    p50: timedelta
    p95: timedelta
    p99: timedelta
    x50: float  # places on the scale, from 0 to 100
    x95: float
    x99: float


SCALE_FROM, SCALE_TO = timedelta(milliseconds=1), timedelta(hours=1)
SCALE = math.log(SCALE_TO / SCALE_FROM)


def latencies(tally: Tally) -> list[Latency]:
    """The stages that anything is known of."""
    found = []
    for stage in Stage:
        buckets = tally.latencies.get(stage.value, {})
        p50, p95, p99 = (percentile(buckets, share) for share in (0.5, 0.95, 0.99))
        if p50 is not None and p95 is not None and p99 is not None:
            found.append(
                Latency(
                    stage=stage,
                    events=sum(buckets.values()),
                    p50=p50,
                    p95=p95,
                    p99=p99,
                    x50=_place(p50),
                    x95=_place(p95),
                    x99=_place(p99),
                )
            )
    return found


def _place(duration: timedelta) -> float:
    share = math.log(max(duration, SCALE_FROM) / SCALE_FROM) / SCALE
    return round(min(share, 1.0) * 100, 2)
