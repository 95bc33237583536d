"""How much work it is to read JSON, told without reading it: by the marks between its values."""

from typing import TypeVar

T = TypeVar("T", bytes, str)

# Marks of a payload that a page reads. A thousand statuses with all that Meta says of each have
# 40,000; three megabytes of empty lists, which a page would take many seconds for, two million.
MOST_MARKS = 100_000
_MARKS = ",:[{"


def marks_in(text: T, start: int = 0, end: int | None = None) -> int:
    """How many marks stand there, those within strings as well: never fewer than values."""
    if isinstance(text, bytes):
        return sum(text.count(mark.encode(), start, end) for mark in _MARKS)
    return sum(text.count(mark, start, end) for mark in _MARKS)


def is_too_much(body: bytes) -> bool:
    """Whether a page had better not look where its values stand."""
    return marks_in(body) > MOST_MARKS
