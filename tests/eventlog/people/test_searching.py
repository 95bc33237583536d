"""Deliveries that tell of a person are found some at a time, however large they are."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from eventlog.people import searching
from eventlog.people.searching import Place, next_named, search
from sandbox.samples import DRIVER_NUMBER
from tests.rows import make_delivery, make_event
from webhooks.models import Delivery
from webhooks.outcomes import Reason
from webhooks.whatsapp.items import Kind, Person
from webhooks.whatsapp.names import Names

NAMES = Names.of([Person(number=DRIVER_NUMBER)])
pytestmark = pytest.mark.django_db


def deliveries(*sizes: int, items: int = 1) -> list[Delivery]:
    """Deliveries of so many bytes, as their rows say, that hold the driver's number."""
    return [
        make_delivery(size=size, item_count=items, body=b"%d %s" % (place, DRIVER_NUMBER.encode()))
        for place, size in enumerate(sizes)
    ]


def parts() -> Iterator[list[UUID]]:
    """What a search for what names nobody finds, part by part."""
    place = Place()
    while not place.is_end:
        found, place = search(place, names=NAMES)
        if found:
            yield found


def test_a_part_has_so_many_bytes_or_is_one_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "BYTES_AT_A_TIME", 100)
    every = deliveries(60, 40, 1, 500, 60)
    for each in every:
        make_event(each)
    assert next_named(NAMES) == [each.pk for each in every[:2]]


def test_a_part_has_so_many_items(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "ITEMS_AT_A_TIME", 4)
    every = deliveries(1, 1, 1, items=2)
    for each in every:
        make_event(each)
    assert next_named(NAMES) == [each.pk for each in every[:2]]


def test_what_is_left_out_of_a_part_is_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a delivery has several such events, and all came at one moment."""
    monkeypatch.setattr(searching, "BYTES_AT_A_TIME", 100)
    every = deliveries(60, 60, 500, 30)
    for each in every:
        for position in range(2):
            make_event(
                each,
                position=position,
                kind=Kind.CHANGE,
                name="account_update",
                person_number="",
                person_user_id="",
                message_id="",
                state="ignored",
                reason=Reason.UNSUPPORTED_FIELD,
            )
    found = list(parts())
    assert [len(part) for part in found] == [1, 1, 1, 1]
    assert sorted(key for part in found for key in part) == sorted(each.pk for each in every)
