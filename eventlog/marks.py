"""How far a chore has gone through the ledger: a row that who goes on holds, and its next part.

What a part came to and the mark behind it are written in one transaction, so that each part counts
once, however many are at it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from webhooks.inserting import insert_new
from webhooks.models import Delivery

Mark = TypeVar("Mark", bound=Model)

# Of these a part has at most so many, or it is a single delivery.
DELIVERIES_AT_A_TIME = 200
BYTES_AT_A_TIME = 4 * 1024 * 1024
# Of rows that are found by a moment of theirs, a part has about so many, or those of one moment: a
# round of catch-up has the limits of the services' database user (decision 13), and what ends in
# them is undone.
ROWS_AT_A_TIME = 10_000
_NEXT = timedelta(microseconds=1)


def held(first: Mark) -> Mark:
    """Returns the only row of a mark's table, held until the end of the transaction.

    Where there is none it is `first`: of two who come at once the other finds that row.
    """
    rows: QuerySet[Mark] = type(first)._default_manager.select_for_update()  # noqa: SLF001 - Django documents it as public
    mark = rows.first()
    if mark is None:
        insert_new([first], unless="(id)")
        mark = rows.get()
    return mark


def next_part(deliveries: QuerySet[Delivery]) -> Sequence[tuple[UUID, datetime]]:
    """The first of these, as many as make a part: their keys, and when they were received."""
    part: list[tuple[UUID, datetime]] = []
    together = 0
    for key, received_at, size in deliveries.values_list("pk", "received_at", "size")[
        :DELIVERIES_AT_A_TIME
    ]:
        together += size
        if part and together > BYTES_AT_A_TIME:
            break
        part.append((key, received_at))
    return part


def end_of_part(rows: QuerySet[Any], by: str, *, start: datetime, end: datetime) -> datetime:
    """Until when to look at these rows from `start` on, so that it is not too much.

    `by` names the moment by which they are found, which has an index. Never later than `end`.
    """
    found = rows.filter(**{f"{by}__gte": start, f"{by}__lt": end}).order_by(by)
    beyond = list(found.values_list(by, flat=True)[ROWS_AT_A_TIME : ROWS_AT_A_TIME + 1])
    return min(end, *(max(moment, start + _NEXT) for moment in beyond)) if beyond else end
