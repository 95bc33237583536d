"""Which row of the ledger is which item of a delivery, whichever release has read it before.

What a payload holds is read anew each time, and a release may read more items than the one that
wrote the rows, or fewer, or another kind.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping

from webhooks.models import Event
from webhooks.whatsapp.items import Item, Kind

FIELDS = ("position", "kind", "name", "message_id")  # of a row, by which it is told

# The lists of a payload; a message of whatever kind is in the first.
_APART = (Kind.STATUS, Kind.ERROR, Kind.CHANGE, Kind.CONTAINER)
_LISTS: Mapping[str, str] = {kind: kind for kind in _APART}

# The list it is in, Meta's word for it, and Meta's id of it.
Identity = tuple[str, str, str]


def match(items: Iterable[Item], rows: Iterable[Event]) -> list[tuple[Item | None, Event | None]]:
    """Each item with its row, in the order of the items; then the rows that no item is for.

    A row is the item at its position if both say the same of themselves: their list, Meta's word
    and Meta's id. Otherwise it is the first other item that does; so all rows of the delivery are
    needed where some are not in their places. The number of items says nothing.
    """
    items, left = list(items), {row.position: row for row in rows}
    found: dict[int, Event] = {}
    for item in items:
        row = left.get(item.position)
        if row is not None and _of_row(row) == _of_item(item):
            found[item.position] = left.pop(item.position)
    moved: defaultdict[Identity, deque[Event]] = defaultdict(deque)
    for _, row in sorted(left.items()):
        moved[_of_row(row)].append(row)
    for item in items if moved else ():
        if item.position not in found and moved.get(_of_item(item)):
            found[item.position] = moved[_of_item(item)].popleft()
    lone = (row for rows in moved.values() for row in rows)
    return [*((item, found.get(item.position)) for item in items), *((None, row) for row in lone)]


def _of_item(item: Item) -> Identity:
    return _LISTS.get(item.kind, Kind.MESSAGE), item.name, item.message_id


def _of_row(row: Event) -> Identity:
    return _LISTS.get(row.kind, Kind.MESSAGE), row.name, row.message_id
