"""Counts by what Meta calls something, and by lease number, with the lists that they lead to."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from eventlog.error_codes import explained
from eventlog.figures.board import Board
from eventlog.figures.numbers import KnownNumber
from eventlog.figures.tally import OTHER_NAMES, Tally
from eventlog.kinds import display_of
from eventlog.questions.filters import EventFilter, query_string
from eventlog.questions.masking import MASKED
from eventlog.questions.same import Same
from eventlog.questions.windows import Window
from eventlog.questions.wording import word_meaning
from webhooks.outcomes import State
from webhooks.whatsapp.items import Kind
from webhooks.whatsapp.numbers import canonical


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedLine:
    """How many events have one word or code of Meta's, or one lease number."""

    name: str  # masked where it may be personal
    label: str  # what it is for people, where we know
    count: int
    query: str  # empty: they cannot be asked for


def line(name: str, count: int, wanted: EventFilter) -> NamedLine:
    """A count with the list of just these events."""
    return NamedLine(name=name, label="", count=count, query=query_string(wanted))


def ignored(total: Tally, shown: EventFilter) -> Sequence[NamedLine]:
    """What was ignored, by Meta's word for it; by its reason where there is none."""
    counts: Counter[str] = Counter()
    for words, count in total.ignored.items():
        reason, _, name = words.partition(" ")
        counts[MASKED.told(name or reason)] += count
    known = {name for words in total.ignored if (name := words.partition(" ")[2])}
    wanted = replace(shown, states=(State.IGNORED,))
    return [
        NamedLine(
            name=word,
            label=word_meaning(word),
            count=count,
            query=query_string(replace(wanted, words=(word,))) if word in known else "",
        )
        for word, count in _most_first(counts)
    ]


def codes(total: Tally, shown: EventFilter) -> Sequence[NamedLine]:
    """Meta's errors by their codes, the most first."""
    return [_code(code, count, shown) for code, count in _most_first(total.codes)]


def kinds(total: Tally, shown: EventFilter) -> Sequence[NamedLine]:
    """What came in by its kind, the most first; a kind of a later release leads nowhere."""
    return [
        NamedLine(
            name=kind,
            label=display_of(kind).plural,
            count=count,
            query=query_string(replace(shown, kinds=(known,)))
            if (known := Kind.known(kind))
            else "",
        )
        for kind, count in _most_first(total.kinds)
    ]


def unseen(
    board: Board, known: Iterable[KnownNumber], *, only: KnownNumber | None
) -> Sequence[NamedLine]:
    """What customers never saw, by lease number, the most first.

    A number leads to a list once it is known by one of its events.
    """
    numbers = {number.key: number for number in known}
    counts: Counter[str] = Counter()
    spelled: dict[str, str] = {}
    for number, count in board.unseen.items():
        key = canonical(number)
        counts[key] += count
        spelled[key] = numbers[key].number if key in numbers else number
    return [
        NamedLine(
            name=spelled[key] or "no lease number",
            label="",
            count=count,
            query=_unseen_of(numbers[key].last_event, board) if key in numbers else "",
        )
        for key, count in _most_first(counts)
        if only is None or key == only.key
    ]


def _most_first(counts: Mapping[str, int]) -> Sequence[tuple[str, int]]:
    """Of as many in the order of their names, which no database decides; what has none is last."""
    return sorted(counts.items(), key=lambda each: (-each[1], not each[0], each[0]))


def _unseen_of(last_event: int, board: Board) -> str:
    window, same = Window(start=board.start), ((Same.LEASE_NUMBER, last_event),)
    return query_string(EventFilter(unseen=True, window=window, same=same))


def _code(code: str, count: int, shown: EventFilter) -> NamedLine:
    if code == OTHER_NAMES:
        return NamedLine(name=code, label="", count=count, query="")
    number = int(code)
    return NamedLine(
        name=code,
        label=explained(number).title,
        count=count,
        query=query_string(replace(shown, codes=(number,))),
    )
