"""How far a chore has gone through the deliveries: a row that who goes on holds, and its next part.

What a part came to and the mark behind it are written in one transaction, so that each part counts
once, however many are at it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from webhooks.inserting import insert_new
from webhooks.models import Delivery

Mark = TypeVar("Mark", bound=Model)

# Of these a part has at most so many, or it is a single delivery.
DELIVERIES_AT_A_TIME = 200
BYTES_AT_A_TIME = 4 * 1024 * 1024


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
