"""Reads many rows a chunk at a time, so that a process never holds them all.

A cursor of the database would do it too, but behind a pooler that gives each statement another
session there is none outside a transaction (docs/decisions/0012). Here each chunk is a question
of its own, which goes on where the one before ended.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

Source = TypeVar("Source", bound=Model)
Row = TypeVar("Row")


def chunks(
    rows: "QuerySet[Source, Row]", *, by: str, value: Callable[[Row], Any], size: int
) -> Iterator[list[Row]]:
    """Yields the rows in the order of a field, about `size` at a time.

    `by` names a field that is never null and has an index of its own, and `value` reads it from a
    row. Rows with the same value come in the same chunk, be they more than `size`. Only by the
    index itself, without a second field that tells them apart, is no chunk sorted first.
    """
    ordered = rows.order_by(by)
    rest = ordered
    while chunk := list(rest[:size]):
        last = value(chunk[-1])
        if len(chunk) < size:
            yield chunk
            return
        whole = [row for row in chunk if value(row) != last]
        yield whole or list(ordered.filter(**{by: last}))
        rest = ordered.filter(**{f"{by}__gte" if whole else f"{by}__gt": last})
