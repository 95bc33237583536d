"""The table that is printed: medians of the rounds and their spread, then ratios, then changes."""

import statistics
from collections.abc import Iterator, Sequence
from itertools import groupby

from benchmarks.figures import Figures, Key, Ratio, Values

NAME, SUBJECT, VALUE = 34, 34, 20


def table(figures: Figures) -> Iterator[str]:
    """A line for each subject with each load: `median (least-most)` of each column."""
    for part, keys in groupby(figures.rounds, key=lambda key: key[0]):
        yield from _part(part, list(keys), figures)
        yield from _ratios(part, figures)
        yield ""


def changes(now: Figures, before: Figures) -> Iterator[str]:
    """What is another ratio than in the run before: their spreads do not meet.

    Times of two runs are never compared, only ratios within the one to ratios within the other.
    """
    earlier = {ratio.key: ratio for ratio in before.ratios()}
    for ratio in now.ratios():
        then = earlier.get(ratio.key)
        if then and (ratio.least > then.most or ratio.most < then.least):
            yield f"{' · '.join(ratio.key)}: {_told(then)} → {_told(ratio)}"


def _part(part: str, keys: Sequence[Key], figures: Figures) -> Iterator[str]:
    columns: list[str] = []
    for key in keys:
        columns += [name for name in figures.rounds[key][0] if name not in columns]
    yield f"{part:<{NAME + SUBJECT}}" + "".join(f"{name:>{VALUE}}" for name in columns)
    by_load = sorted(keys, key=lambda key: [each[1] for each in keys].index(key[1]))
    for _, load, subject in by_load:
        values = "".join(_value(figures.rounds[part, load, subject], name) for name in columns)
        yield f"{load:<{NAME}}{subject:<{SUBJECT}}{values}"


def _value(rounds: Sequence[Values], column: str) -> str:
    values = [each[column] for each in rounds if column in each]
    if not values:
        return f"{'–':>{VALUE}}"
    median = f"{statistics.median(values):.{_digits(values)}f}"
    spread = f" ({min(values):.0f}-{max(values):.0f})" if len(values) > 1 else ""
    return f"{median + spread:>{VALUE}}"


def _digits(values: Sequence[float]) -> int:
    return 0 if min(values) >= 100 else 1  # noqa: PLR2004


def _ratios(part: str, figures: Figures) -> Iterator[str]:
    found = (ratio for ratio in figures.ratios() if ratio.part == part)
    for (load, ours, other), ratios in groupby(
        found, key=lambda ratio: (ratio.load, ratio.ours, ratio.other)
    ):
        told = ", ".join(f"{ratio.column} {_told(ratio)}" for ratio in ratios)
        yield f"  {load}, {ours} ÷ {other}: {told}"


def _told(ratio: Ratio) -> str:
    return f"{ratio.median:.2f} ({ratio.least:.2f}-{ratio.most:.2f})"
