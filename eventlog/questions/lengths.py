"""Lengths of time, as addresses and command lines have them: `90s`, `10m`, `26h`, `7d`."""

import re
from datetime import timedelta

_LENGTH = re.compile(r"([1-9]\d{0,4})([smhd])")
_UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}


def read_length(words: str) -> timedelta | None:
    """The length that is meant: seconds, minutes, hours or days; None for anything else."""
    found = _LENGTH.fullmatch(words)
    return int(found[1]) * _UNITS[found[2]] if found else None


def write_length(length: timedelta) -> str:
    """Whole seconds in the largest unit that divides them; `read_length` reads it back."""
    letter, unit = next(each for each in _UNITS.items() if not length % each[1])
    return f"{length // unit}{letter}"


def length_words(length: timedelta) -> str:
    """The same for people: `90 s`, `10 min`, `26 h`, `7 d`."""
    written = write_length(length)
    return f"{written[:-1]} {written[-1].replace('m', 'min')}"
