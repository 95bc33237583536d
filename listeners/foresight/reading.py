"""Events as runs would read them, were they opened again: from their bytes, many deliveries."""

from collections.abc import Collection, Iterator, Sequence
from uuid import UUID

from listeners.applying import Work
from listeners.erased import passed_over
from listeners.restores import windows
from listeners.runs import READ, work_of
from visn_whatsapp.budget import Budget
from webhooks.models import Delivery, Event
from webhooks.rows import select
from webhooks.whatsapp.items import Item

BYTES_AT_A_TIME = 8 * 1024 * 1024
DELIVERIES_AT_A_TIME = 100


def work_again(events: Collection[int], *, budget: Budget) -> Work:
    """The items of these events, and their rows.

    Without those whose bytes are gone, and without what there was no time for. Two queries, one
    for each hundred deliveries or each eight megabytes of them, and one or two for all.
    """
    values = {"id": tuple(events)}
    found = select(Event, READ, where="id IN %(id)s", values=values) if events else []
    rows: dict[UUID, list[Event]] = {}
    for row in found:
        rows.setdefault(row.delivery_id, []).append(row)
    items: list[Item] = []
    by_position: dict[int, Event] = {}
    for delivery in _deliveries(rows, budget=budget):
        first = 1 + max(by_position, default=-1)
        work = work_of(delivery, rows[delivery.pk], first=first)
        items += work.items
        by_position |= work.rows
    items = passed_over(items)
    return Work(items=items, rows=by_position, sought=windows.sought(items))


def _deliveries(wanted: Collection[UUID], *, budget: Budget) -> Iterator[Delivery]:
    sizes = Delivery.objects.filter(pk__in=wanted, body__isnull=False).order_by("pk")
    for some in _parts(list(sizes.values_list("pk", "size"))):
        if not budget.left:
            return
        yield from Delivery.objects.filter(pk__in=some, body__isnull=False).only("digest", "body")


def _parts(sizes: Sequence[tuple[UUID, int]]) -> Iterator[list[UUID]]:
    part: list[UUID] = []
    total = 0
    for key, size in sizes:
        if part and (len(part) == DELIVERIES_AT_A_TIME or total + size > BYTES_AT_A_TIME):
            yield part
            part, total = [], 0
        part.append(key)
        total += size
    if part:
        yield part
