"""Which row is which item."""

from webhooks.matching import match
from webhooks.models import Event
from webhooks.whatsapp.items import Item, Kind


def item(position: int, kind: Kind, name: str, message_id: str = "") -> Item:
    """An item of which nothing else counts."""
    return Item(position=position, kind=kind, name=name, message_id=message_id)


def row(position: int, kind: str, name: str, message_id: str = "") -> Event:
    """The row of an item."""
    return Event(position=position, kind=kind, name=name, message_id=message_id)


def positions(items: list[Item], rows: list[Event]) -> list[tuple[int | None, int | None]]:
    """The positions of items and their rows."""
    return [
        (one.position if one else None, other.position if other else None)
        for one, other in match(items, rows)
    ]


def test_a_kind_that_was_not_processed_is_the_same_item() -> None:
    """A message is told by Meta's word for its type, whatever becomes of that."""
    assert positions([item(0, Kind.TEXT, "text", "a")], [row(0, "message", "text", "a")]) == [
        (0, 0)
    ]
    assert positions([item(0, Kind.STATUS, "sent", "a")], [row(0, "message", "sent", "a")]) == [
        (0, None),
        (None, 0),
    ]


def test_items_that_have_moved() -> None:
    """In the order in which they stand, where several are alike."""
    items = [item(0, Kind.CHANGE, "calls"), *(item(at, Kind.STATUS, "read", "a") for at in (1, 2))]
    rows = [row(0, "status", "read", "a"), row(1, "status", "read", "a")]
    # The second is in its place, and the first is the other one.
    assert positions(items, rows) == [(0, None), (1, 1), (2, 0)]


def test_rows_of_nothing_are_alone() -> None:
    assert positions([], [row(3, "error", "1"), row(1, "error", "2")]) == [(None, 1), (None, 3)]
    assert positions([item(0, Kind.ERROR, "1")], []) == [(0, None)]
