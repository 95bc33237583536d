"""Where the values of a JSON text stand in it, found without changing a character of it."""

import json
import re
from collections.abc import Iterator

Span = tuple[int, int]  # of a text, the end excluded

_WHITE = re.compile(r"[ \t\n\r]*")
# Takes control characters in strings, and makes no number of any digits.
_DECODER = json.JSONDecoder(strict=False, parse_int=str, parse_float=str)


def root(text: str) -> Span:
    """The value that a text is. Raises ValueError where it is none, or more, or RecursionError."""
    start = white(text, 0)
    end = end_of(text, start)
    if white(text, end) != len(text):
        raise ValueError("there is something behind it")
    return start, end


def white(text: str, at: int) -> int:
    """Where the next character that is no blank stands."""
    found = _WHITE.match(text, at)
    return found.end() if found else at


def end_of(text: str, at: int) -> int:
    """Where the value that begins here ends. Raises ValueError or RecursionError."""
    _, end = _DECODER.raw_decode(text, at)
    return end


def elements(text: str, at: int) -> Iterator[Span]:
    """The elements of the list that begins here. Raises as `end_of` does, or IndexError."""
    for _, value in _within(text, at, "[]"):
        yield value


def members(text: str, at: int) -> Iterator[tuple[Span, Span]]:
    """The names and values of the object that begins here, also those of one name. Raises so."""
    return _within(text, at, "{}")


def string(text: str, span: Span) -> str:
    """What a string says that stands here. Raises ValueError where none does."""
    said = _DECODER.decode(text[slice(*span)])
    if not isinstance(said, str):
        raise ValueError("no string")  # noqa: TRY004 - the text is wrong, and no argument of ours
    return said


def _within(text: str, at: int, brackets: str) -> Iterator[tuple[Span, Span]]:
    """What stands between brackets, one after the other: the names, empty in a list, and values."""
    if text[at] != brackets[0]:
        raise ValueError(brackets)
    at = white(text, at + 1)
    while text[at] != brackets[1]:
        name = (at, at)
        if brackets == "{}":
            name = (at, end_of(text, at))
            at = white(text, white(text, name[1]) + 1)  # behind the colon
        end = end_of(text, at)
        yield name, (at, end)
        at = white(text, end)
        if text[at] == ",":
            at = white(text, at + 1)
