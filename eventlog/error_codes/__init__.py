"""Meta's error codes: what each means and what to do, as `meta.toml` has it."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

_FILE = tomllib.loads(Path(__file__).with_name("meta.toml").read_text(encoding="utf-8"))
SOURCE: str = _FILE["source"]  # the page of Meta's that it was read from
READ_ON: date = _FILE["read_on"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorCode:
    """One code in words for people."""

    code: int
    title: str  # a few words, for lists
    meaning: str
    advice: str
    documented: bool = True  # False: it is not on Meta's page, and others have seen it


def _entries(table: Mapping[str, Any], *, documented: bool) -> Iterator[tuple[int, ErrorCode]]:
    """The codes of a table, of which a key is one code, or the first and last of several."""
    for key, words in table.items():
        first, _, last = key.partition("-")
        for code in range(int(first), int(last or first) + 1):
            yield code, ErrorCode(code=code, documented=documented, **words)


CODES: Mapping[int, ErrorCode] = {
    **dict(_entries(_FILE["seen"], documented=False)),
    **dict(_entries(_FILE["codes"], documented=True)),
}


def explained(code: int) -> ErrorCode:
    """What a code means, or that nobody knows."""
    return CODES.get(code) or ErrorCode(
        code=code,
        title="Unknown code",
        meaning="This code is not in our list of Meta’s error codes: it may be new.",
        advice="See what Meta’s own words say, and look the code up on Meta’s page of error codes.",
        documented=False,
    )
