"""What a value is documented to be, and in what another one departs from it.

What is said of a departure holds no value, and no id: of a string its form, of a key its name only
where that is a word.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple, Protocol

from visn_whatsapp.explained import Explained

_TYPES = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    dict: "object",
    list: "list",
    type(None): "null",
}

# snake_case or camelCase. An id may be made of such letters, but has more digits than a name.
_WORD = re.compile(r"[a-z]+(?:[A-Z][a-z]+|_[a-z0-9]+)*[0-9]*")
_WORD_LENGTH = 40
_WORD_DIGITS = 3
_ANY_KEY = "*"  # stands for every key that is no word

_RUN = re.compile(r"[^\W_]+|.", re.DOTALL)
_RUNS = 5  # of a form; the rest is left out
_KEPT = "._-+:/@"  # what may stand between letters and digits in an id


class Departure(Explained):
    """In what a value departs from the documented one."""

    UNKNOWN_KEY = "unknown_key", "Nothing of this name is documented there."
    UNKNOWN_WORD = "unknown_word", "The word is none of the documented ones."
    OTHER_TYPE = "other_type", "The value is of another type than is documented."
    OTHER_FORM = "other_form", "The string is not written as is documented."
    MISSING = "missing", "It is documented as always there, and was not."
    GIVEN_AWAY = (
        "given_away",
        "A tracking record has the user id of somebody whom Meta named last with another number; "
        "where the number is withheld, the record does not count.",
    )
    FURTHER = "further", "All that came when a thousand others were there: keys must be ids."


class Drift(NamedTuple):
    """One departure. The path is from where it was looked at: `messages[].image.width`."""

    departure: Departure
    path: str
    shape: str  # what there is instead: a type, the form of a string, or a word of Meta's

    def under(self, name: str) -> "Drift":
        """The same, seen from what holds it under this name."""
        dot = "." if self.path and self.path[0] != "[" else ""
        return Drift(self.departure, f"{name}{dot}{self.path}", self.shape)


NONE: Sequence[Drift] = ()


class Shape(Protocol):
    """What is documented of a value."""

    def departures(self, value: object) -> Sequence[Drift]:
        """In what a value of JSON departs from it. Takes any."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value of one of these types."""

    types: tuple[type, ...]

    def departures(self, value: object) -> Sequence[Drift]:
        """That it is of another."""
        return NONE if type(value) in self.types else _of_type(value)


@dataclass(frozen=True, slots=True)
class Word:
    """One of these words; an empty string is as good as none."""

    words: Collection[str]

    def departures(self, value: object) -> Sequence[Drift]:
        """That it is another word, and which; of what is no word, its form."""
        if type(value) is not str:
            return _of_type(value)
        if not value or value in self.words:
            return NONE
        return (Drift(Departure.UNKNOWN_WORD, "", value if _is_word(value) else form(value)),)


@dataclass(frozen=True, slots=True)
class Written:
    """A string of a form; an empty one is as good as none."""

    is_right: Callable[[str], object]

    def departures(self, value: object) -> Sequence[Drift]:
        """That it is written otherwise, and how."""
        if type(value) is not str:
            return _of_type(value)
        if not value or self.is_right(value):
            return NONE
        return (Drift(Departure.OTHER_FORM, "", form(value)),)


@dataclass(frozen=True, slots=True)
class Array:
    """A list, and what each element is."""

    of: Shape

    def departures(self, value: object) -> Sequence[Drift]:
        """Those of the elements; which of them it was is not told."""
        if type(value) is not list:
            return _of_type(value)
        return [
            drift.under("[]") for element in value for drift in self.of.departures(element)
        ] or NONE


@dataclass(frozen=True, slots=True)
class Fields:
    """An object: what stands under its keys, and which of them are always there."""

    keys: Mapping[str, Shape]
    always: frozenset[str] = frozenset()

    def departures(self, value: object) -> Sequence[Drift]:
        """Keys that are not documented, those of the values, and what is missing."""
        if type(value) is not dict:
            return _of_type(value)
        found: list[Drift] = []
        for key, each in value.items():
            shape = self.keys.get(key)
            if shape is None:
                found.append(Drift(Departure.UNKNOWN_KEY, name_of(key), type_of(each)))
            elif departures := shape.departures(each):
                found += [drift.under(key) for drift in departures]
        if not self.always <= value.keys():
            missing = sorted(self.always - value.keys())
            found += [Drift(Departure.MISSING, key, "absent") for key in missing]
        return found


@dataclass(frozen=True, slots=True)
class Choice:
    """An object whose shape goes by the word under one of its keys."""

    key: str
    cases: Mapping[str, Shape]
    otherwise: Shape

    def departures(self, value: object) -> Sequence[Drift]:
        """Those of the shape that the word stands for."""
        word = value.get(self.key) if isinstance(value, dict) else None
        known = self.cases.get(word) if isinstance(word, str) else None
        return (known or self.otherwise).departures(value)


ANYTHING = Scalar(tuple(_TYPES))  # nothing is documented, or it is not looked into


def type_of(value: object) -> str:
    """JSON's word for what a value is."""
    return _TYPES[type(value)]


def name_of(key: str) -> str:
    """A key where it is a word; others, such as numbers and ids, are all alike."""
    return key if _is_word(key) else _ANY_KEY


def form(text: str) -> str:
    """How a string is written, without what it says: `US.1349` is `capitals.digits`.

    Of digits alone, how many there are: seconds since 1970 have ten, milliseconds have thirteen.
    """
    if text.isascii() and text.isdigit():
        return f"{len(text)} digits"
    runs = [_form_of_run(match[0]) for match in islice(_RUN.finditer(text), _RUNS + 1)]
    return "".join(runs[:_RUNS]) + ("…" if len(runs) > _RUNS else "")


def _form_of_run(run: str) -> str:
    if not run[0].isalnum():
        return run if run in _KEPT else "␣" if run.isspace() else "?"
    if run.isdigit():
        return "digits"
    if run.isalpha():
        return "capitals" if run.isupper() else "letters"
    return "mixed"


def _is_word(text: str) -> bool:
    return (
        len(text) <= _WORD_LENGTH
        and _WORD.fullmatch(text) is not None
        and sum(map(str.isdigit, text)) <= _WORD_DIGITS
    )


def _of_type(value: object) -> Sequence[Drift]:
    return (Drift(Departure.OTHER_TYPE, "", type_of(value)),)
