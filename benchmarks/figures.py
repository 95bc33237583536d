"""What was measured: of each part, load and subject the values of every round."""

import statistics
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

OURS = "ours"
NOBODYS = ("queue, µs", "Google, µs", "callers, µs", "refused")  # told, and compared with nothing

Values = Mapping[str, float]  # by column, which says its unit
Key = tuple[str, str, str]  # part, load, subject


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one subject did with one load in one round."""

    load: str
    subject: str
    values: Values


Part = Callable[[Namespace], Iterable[Measured]]


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """One of ours to one of the others: the median of the rounds' ratios, the least and the most.

    Both were measured in the same rounds, so that what else the machine did hit both alike.
    """

    part: str
    load: str
    ours: str
    other: str
    column: str
    median: float
    least: float
    most: float

    @property
    def key(self) -> tuple[str, ...]:
        """What it is the ratio of, the same in every run."""
        return (self.part, self.load, self.ours, self.other, self.column)


@dataclass(kw_only=True)
class Figures:
    """The rounds of everything, in the order in which it was measured first."""

    rounds: dict[Key, list[Values]] = field(default_factory=dict)

    def add(self, part: str, measured: Measured) -> None:
        """Adds one round of one subject."""
        key = (part, measured.load, measured.subject)
        self.rounds.setdefault(key, []).append(measured.values)

    def ratios(self) -> Iterator[Ratio]:
        """Each of ours to each of the others, by load and column."""
        for part, load, ours in self.rounds:
            for other in self._others(part, load) if is_ours(ours) else ():
                yield from self._ratios(part, load, ours, other)

    def _others(self, part: str, load: str) -> Iterator[str]:
        for in_part, with_load, subject in self.rounds:
            if (in_part, with_load) == (part, load) and not is_ours(subject):
                yield subject

    def _ratios(self, part: str, load: str, ours: str, other: str) -> Iterator[Ratio]:
        own, others = self.rounds[part, load, ours], self.rounds[part, load, other]
        for column in (name for name in own[0] if name not in NOBODYS):
            pairs = [
                (mine[column], theirs[column])
                for mine, theirs in zip(own, others, strict=False)
                if mine.get(column) and theirs.get(column)
            ]
            if pairs:
                found = [mine / theirs for mine, theirs in pairs]
                yield Ratio(
                    part=part,
                    load=load,
                    ours=ours,
                    other=other,
                    column=column,
                    median=statistics.median(found),
                    least=min(found),
                    most=max(found),
                )

    def as_json(self) -> list[dict[str, object]]:
        """The rounds as they are saved."""
        return [
            {"part": part, "load": load, "subject": subject, "rounds": rounds}
            for (part, load, subject), rounds in self.rounds.items()
        ]


def of_json(saved: Iterable[Mapping[str, object]]) -> Figures:
    """The figures that `as_json` gave out."""
    return Figures(
        rounds={
            (str(each["part"]), str(each["load"]), str(each["subject"])): each["rounds"]  # type: ignore[misc]
            for each in saved
        }
    )


def is_ours(subject: str) -> bool:
    """Whether it is this project as it is here, in one of its forms."""
    return subject.startswith(OURS)
