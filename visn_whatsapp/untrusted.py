"""What others have written, read as what it should be: what is something else counts as nothing."""

import re
from datetime import datetime
from uuid import UUID

_NOT_PRINTABLE = re.compile(r"[^\x20-\x7e]")


def string(value: object) -> str:
    """A string, such as a field of a document; empty for anything else."""
    return value if isinstance(value, str) else ""


def printable(text: str, *, most: int) -> str:
    """Its first characters, with `?` in place of each that is not printable ASCII."""
    return _NOT_PRINTABLE.sub("?", text[:most])


def moment(value: object) -> datetime | None:
    """A moment, such as a field of a document; None for anything else."""
    return value if isinstance(value, datetime) else None


def is_digits(text: str) -> bool:
    """Whether it is made of 0 to 9; for Python digits of all scripts make a number."""
    return text.isascii() and text.isdigit()


def whole_number(text: str, *, digits: int) -> int | None:
    """A number from 0 on, of so many digits at most; None for anything else.

    Of more than some thousand digits Python refuses to make a number.
    """
    return int(text) if is_digits(text) and len(text) <= digits else None


def uuid(text: str) -> UUID | None:
    """A UUID in any of its spellings; None for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return None
