"""What is looked at together, and what only after it: without a database."""

from uuid import UUID

from listeners.applying import Work
from listeners.foresight.lots import lots
from webhooks.models import Event
from webhooks.whatsapp.items import Item, Kind, Person

LEASE = "15550783881"
BOTH = Person(number="447700900101", user_id="GB.101")
ALONE = Person(user_id="GB.101")
OTHER = Person(number="447700900102", user_id="GB.102")


def of(*deliveries: list[Person], lease_number: str = LEASE) -> list[list[int]]:
    """By lot the positions of the items of these deliveries, which came in this order."""
    items: list[Item] = []
    rows: dict[int, Event] = {}
    for number, people in enumerate(deliveries):
        for person in people:
            at = len(items)
            rows[at] = Event(pk=at + 1, delivery_id=UUID(int=99 - number))
            items.append(
                Item(
                    position=at,
                    lease_number=lease_number,
                    person=person,
                    kind=Kind.TEXT,
                    name="text",
                )
            )
    found = lots(reversed(items), Work(items=items, rows=rows))
    return [[item.position for item in lot] for lot in found]


def test_what_learns_nothing_from_the_others_is_looked_at_at_once() -> None:
    assert of([BOTH], [OTHER, BOTH], [BOTH]) == [[0, 1, 2, 3]]
    assert of([ALONE], [ALONE, BOTH], [OTHER]) == [[0, 1, 2, 3]]
    assert of() == []


def test_who_was_told_before_is_looked_at_after_it() -> None:
    assert of([BOTH], [OTHER], [ALONE], [ALONE]) == [[0, 1], [2, 3]]


def test_a_delivery_is_looked_at_whole() -> None:
    assert of([OTHER, BOTH, ALONE], [OTHER, ALONE]) == [[0, 1, 2], [3, 4]]


def test_what_was_told_already_begins_no_other_lot() -> None:
    assert of([BOTH], [ALONE], [BOTH], [ALONE]) == [[0], [1, 2, 3]]
    again = Person(number="447700900109", user_id="GB.101")
    assert of([BOTH], [ALONE], [again], [ALONE]) == [[0], [1, 2], [3]]
