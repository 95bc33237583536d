"""Whether columns take values: found here, since PostgreSQL's log quotes what it refuses.

A row that breaks NOT NULL or a CHECK is quoted whole, a value that JSON cannot hold in part.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.models import CharField, Field, IntegerField, JSONField, TextField

NUL = "\x00"  # which no text of PostgreSQL can hold, nor its JSON
RANGES = BaseDatabaseOperations.integer_field_ranges  # PostgreSQL's; SQLite would take more


class Unstorable(ValueError):
    """A column does not take a value, however often it is tried. The words name the column only."""


def check(field: "Field[Any, Any]", values: Sequence[Any]) -> None:
    """Looks at the values of one column together. Raises Unstorable."""
    if None in values:
        if not field.null:
            raise Unstorable(field.column)
        values = [value for value in values if value is not None]
    fits = _rule(field)
    if values and fits is not None and not fits(values):
        raise Unstorable(field.column)


@cache
def _rule(field: "Field[Any, Any]") -> Callable[[Sequence[Any]], bool] | None:
    """What values of the field have to meet; None where every value of its type is taken."""
    match field:
        case CharField() | TextField():
            length = field.max_length
            return lambda texts: _is_text(texts) and (length is None or _longest(texts) <= length)
        case JSONField():
            return lambda trees: all(_is_text(list(_strings(tree))) for tree in trees)
        case IntegerField():
            low, high = RANGES[field.get_internal_type()]
            return lambda numbers: _between(numbers, low, high)
    return None


def _is_text(texts: Sequence[str]) -> bool:
    """Whether they can be encoded and hold no NUL; joined, which costs the least."""
    joined = "".join(texts)
    if joined.isascii():
        return NUL not in joined
    try:
        joined.encode()
    except UnicodeEncodeError:
        return False
    return NUL not in joined


def _longest(texts: Sequence[str]) -> int:
    return max(map(len, texts))


def _between(numbers: Sequence[int], low: int, high: int) -> bool:
    return low <= min(numbers) and max(numbers) <= high


def _strings(tree: object) -> Iterable[str]:
    """All strings of a JSON value, the names of its members too."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, dict):
        for name, value in tree.items():
            yield from _strings(name)
            yield from _strings(value)
    elif isinstance(tree, list | tuple):
        for value in tree:
            yield from _strings(value)
