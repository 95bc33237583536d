"""The part of the Logging query language that our filters are written in, evaluated.

Comparisons of a field with one value or several (`=`), or with a number (`>=`), joined by AND:
https://cloud.google.com/logging/docs/view/logging-query-language. Anything else is refused.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TEXT = r'"(?:[^"\\]|\\.)*"'
TERM = re.compile(
    rf"(?P<field>\w+(?:\.\w+)+)(?:=(?P<one>{TEXT})|=\((?P<some>{TEXT}(?: OR {TEXT})*)\)"
    r"|>=(?P<least>\d+))(?: AND |$)"
)


@dataclass(frozen=True, kw_only=True)
class Term:
    """One comparison: of a field, by its path, with values or with a number."""

    field: tuple[str, ...]
    values: frozenset[str] = frozenset()
    least: float | None = None

    def holds(self, entry: Mapping[str, Any]) -> bool:
        """Whether the entry of a log has such a field."""
        found: Any = entry
        for name in self.field:
            found = found.get(name) if isinstance(found, Mapping) else None
        if self.least is None:
            return found in self.values
        return isinstance(found, int | float) and found >= self.least


def parse(words: str) -> list[Term]:
    """Reads a filter. Raises ValueError for what this part of the language does not know."""
    terms, at = [], 0
    while at < len(words):
        found = TERM.match(words, at)
        if found is None:
            raise ValueError(f"not understood: {words[at:]}")
        texts = re.findall(TEXT, found["one"] or found["some"] or "")
        terms.append(
            Term(
                field=tuple(found["field"].split(".")),
                values=frozenset(map(json.loads, texts)),
                least=float(found["least"]) if found["least"] else None,
            )
        )
        at = found.end()
    return terms


def matches(words: str, entry: Mapping[str, Any]) -> bool:
    """Whether a filter takes the entry of a log."""
    return all(term.holds(entry) for term in parse(words))
