"""Choices of how long or how often at least: some to point at, and a field for any other."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import parse_qsl

from eventlog.pages.choice import Choice
from eventlog.questions.filters import EventFilter, query_string
from eventlog.questions.lengths import length_words, write_length

LENGTHS = tuple(timedelta(seconds=each) for each in (1, 10, 60, 600, 3600))
TRIES = (2, 3, 5)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """One menu: what events must have at least."""

    title: str
    name: str  # in an address
    value: str  # as the address has it
    choices: Sequence[Choice]
    label: str  # of the field
    pattern: str  # of what the field takes
    kept: Sequence[tuple[str, str]]  # what its form has to carry along


def bounds(wanted: EventFilter) -> Iterator[Bound]:
    """How long events took, how long they have been open, how often they were tried."""
    yield _lengths("Took", "took", wanted.took, lambda each: replace(wanted, took=each))
    yield _lengths("Open for", "open", wanted.open_for, lambda each: replace(wanted, open_for=each))
    without = replace(wanted, tries=None)
    tries = [(each, replace(wanted, tries=each)) for each in TRIES]
    yield Bound(
        title="Tries",
        name="tries",
        value="" if wanted.tries is None else str(wanted.tries),
        choices=[
            _choice(f"{each} or more", without if each == wanted.tries else meant, without)
            for each, meant in tries
        ],
        label="At least so many",
        pattern="[1-9][0-9]?",
        kept=parse_qsl(query_string(without)),
    )


def _lengths(
    title: str,
    name: str,
    value: timedelta | None,
    asking_for: Callable[[timedelta | None], EventFilter],
) -> Bound:
    without = asking_for(None)
    return Bound(
        title=title,
        name=name,
        value=write_length(value) if value else "",
        choices=[
            _choice(
                f"{length_words(each)} or longer",
                asking_for(None if each == value else each),
                without,
            )
            for each in LENGTHS
        ],
        label="At least, such as 90s, 10m, 2h or 1d",
        pattern="[1-9][0-9]{0,4}[smhd]",
        kept=parse_qsl(query_string(without)),
    )


def _choice(label: str, meant: EventFilter, without: EventFilter) -> Choice:
    """A choice that is taken already leads to the list without it."""
    return Choice(label=label, url=f"?{query_string(meant)}", chosen=meant == without)
