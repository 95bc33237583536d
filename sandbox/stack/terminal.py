"""What is printed for people: aligned columns, and colour where it can be seen."""

import sys
import unicodedata
from enum import StrEnum
from typing import TextIO

from sandbox.stack.environment import wants_colour

INVISIBLE = {"\N{VARIATION SELECTOR-16}", "\N{ZERO WIDTH JOINER}"}


class Colour(StrEnum):
    """The colours, as codes of ANSI terminals."""

    PLAIN = ""
    BOLD = "1"
    DIM = "2"
    RED = "31"
    GREEN = "32"
    YELLOW = "33"
    BLUE = "36"


class Terminal:
    """Prints to a stream, line by line. Colour only on a terminal, and not with NO_COLOR set."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._has_colours = self._stream.isatty() and wants_colour()

    def line(self, text: str = "") -> None:
        """Prints a line at once."""
        self._stream.write(text.rstrip() + "\n")
        self._stream.flush()

    def heading(self, text: str) -> None:
        """Prints a line that begins a part."""
        self.line()
        self.line(self.paint(text, Colour.BOLD))

    def paint(self, text: str, colour: Colour) -> str:
        """Returns the text in a colour."""
        return f"\x1b[{colour}m{text}\x1b[0m" if self._has_colours and colour else text


def width(text: str) -> int:
    """Returns how many columns a text takes; emoji and East Asian characters take two."""
    return sum(_columns(character) for character in text)


def fit(text: str, columns: int) -> str:
    """Returns the text in exactly so many columns: cut, or filled up with spaces."""
    if width(text) <= columns:
        return text + " " * (columns - width(text))
    cut = text
    while width(cut) > columns - 1:
        cut = cut[:-1]
    return cut + "…" + " " * (columns - 1 - width(cut))


def _columns(character: str) -> int:
    if character in INVISIBLE or unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
