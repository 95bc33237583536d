"""Rows that another release has written: each is told by what it is of, and none spoils others.

`3d1bb47.json` holds what that commit read from each payload: the rows as it wrote them.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.platform import Platform
from tests.webhooks.whatsapp.payloads import items_of, load
from webhooks.matching import match
from webhooks.models import Delivery, Event
from webhooks.outcomes import Reason, State
from webhooks.whatsapp.items import Item, Kind, UnprocessedItem

ROWS: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "3d1bb47.json").read_text()
)
KINDS = {kind.value: kind for kind in Kind}
# What that release did not count, by payload: how many items.
UNCOUNTED = {"user_actions_only": 1, "lists_that_are_none": 1}


def store(name: str, platform: Platform, *, reopened: bool) -> Delivery:
    """A delivery with the rows of the older release; all of them open if a replay opened them."""
    body = load(name)
    delivery = Delivery.objects.create(
        received_at=platform.now,
        digest=sha256(body).hexdigest(),
        body=body,
        size=len(body),
        verdict="readable",
        item_count=len(ROWS[name]),
    )
    for fields in ROWS[name]:
        reason = Reason.NONE if reopened else Reason.of(fields["reason"])
        Event.objects.create(
            **{**fields, "reason": reason},
            delivery=delivery,
            state=reason.state,
            received_at=platform.now,
        )
    return delivery


def today(name: str) -> dict[int, Item]:
    """What today's code reads, by position."""
    return {item.position: item for item in items_of(name)}


@pytest.mark.parametrize("reopened", [False, True])
@pytest.mark.parametrize("name", [name for name in ROWS if ROWS[name]])
def test_each_row_ends_as_what_is_read_of_it_today(
    platform: Platform, name: str, *, reopened: bool
) -> None:
    """What was settled as it was read stays so, unless a replay opens it."""
    delivery = store(name, platform, reopened=reopened)
    platform.run(delivery.pk)
    items = today(name)
    for row, event in zip(ROWS[name], delivery.events.order_by("position"), strict=True):
        item = items[event.position]
        if row["reason"] and not reopened:
            assert event.reason == row["reason"]
        elif isinstance(item, UnprocessedItem):
            assert event.reason == item.reason
        else:
            assert (event.state, event.reason != Reason.MALFORMED) == (State.SKIPPED, True)


@pytest.mark.parametrize("name", ROWS)
def test_what_an_older_release_did_not_count_comes_last(name: str) -> None:
    older = [(row["position"], row["name"], row["message_id"]) for row in ROWS[name]]
    items = [(item.position, item.name, item.message_id) for item in items_of(name)]
    assert items[: len(older)] == older
    assert len(items) - len(older) == UNCOUNTED.get(name, 0)


@pytest.mark.parametrize("name", ROWS)
def test_an_older_release_tells_our_rows(name: str) -> None:
    """The other way round: it reads fewer items than there are rows, and knows which."""
    rows = [
        Event(
            position=item.position,
            kind=item.kind.value,
            name=item.name,
            message_id=item.message_id,
        )
        for item in items_of(name)
    ]
    older = [
        Item(
            position=row["position"],
            kind=KINDS[row["kind"]],
            name=row["name"],
            message_id=row["message_id"],
        )
        for row in ROWS[name]
    ]
    found = match(older, rows)
    assert [(item, row.position) for item, row in found if item and row] == [
        (item, item.position) for item in older
    ]
    alone = [row.position for item, row in found if item is None and row]
    assert alone == list(range(len(older), len(rows)))


def test_a_row_of_nothing_in_the_bytes_fails_alone(platform: Platform) -> None:
    """Of a release that read another item before the others: those are told all the same."""
    name = "batch_with_odd_items"
    delivery = store(name, platform, reopened=True)
    for event in delivery.events.order_by("-position"):
        Event.objects.filter(pk=event.pk).update(position=event.position + 1)
    first = delivery.events.get(position=1)
    stranger = {"kind": "message", "name": "hologram", "message_id": "wamid.H"}
    Event.objects.create(
        delivery=delivery,
        position=0,
        **stranger,
        state=first.state,
        received_at=first.received_at,
    )
    platform.run(delivery.pk)
    events = list(delivery.events.order_by("position"))
    assert (events[0].state, events[0].detail) == (
        State.FAILED,
        "nothing in the bytes is the item of this event",
    )
    items = today(name)
    for event in events[1:]:
        item = items[event.position - 1]
        expected = item.reason if isinstance(item, UnprocessedItem) else Reason.NO_ACTIVE_TRACKING
        assert event.reason == expected
