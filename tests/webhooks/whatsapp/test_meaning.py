"""What one reaction or status means, field by field, and what is common to all items."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sandbox import samples
from tests.webhooks.whatsapp.expected import (
    BAD_ID,
    BAD_NUMBER,
    BAD_TIME,
    DELIVERED,
    MALFORMED_REACTION,
    MALFORMED_STATUS,
    MALFORMED_TEXT,
    MOMENT,
    REACTION,
    event_of,
)
from webhooks.outcomes import Reason
from webhooks.whatsapp.fields import moment
from webhooks.whatsapp.items import Item, Kind, Person, UnprocessedItem
from webhooks.whatsapp.kinds.status import Status
from webhooks.whatsapp.limits import MAX_ITEMS
from webhooks.whatsapp.payload import parse
from webhooks.whatsapp.reading import read


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        ("1749416383", MOMENT),
        (1749416383, MOMENT),
        ("0", datetime(1970, 1, 1, tzinfo=UTC)),
        ("0001749416383", MOMENT),
        (253402300799, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (253402300800, datetime(1978, 1, 11, 21, 31, 40, tzinfo=UTC)),
        ("1749416383000", MOMENT),
        ("1749416383999", MOMENT),
        (1749416383000, MOMENT),
        (253402300799999, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (253402300800000, None),
        ("253402300800000", None),
        (1749416383.5, MOMENT),
        ("1749416383.5", MOMENT),
        ("1749416383.", None),
        ("1749416383.x", None),
        (float("nan"), None),
        (float("inf"), None),
        (-1, None),
        ("-1", None),
        (" 1749416383\t", MOMENT),
        ("1749 416383", None),
        ("\u0661\u0662", None),
        ("\u00b2", None),
        ("", None),
        ("noon", None),
        ("9" * 5000, None),
        (10**30, None),
        (None, None),
    ],
)
def test_moment(timestamp: str | float | None, expected: datetime | None) -> None:
    """Seconds or milliseconds from 1970 to 9999, whole or not; all else is no time."""
    assert moment(timestamp) == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, REACTION),
        (
            {"reaction": {"message_id": samples.OUTBOUND_ID, "emoji": 5}},
            replace(MALFORMED_REACTION, detail="reaction.emoji is not a string"),
        ),
        (
            {"reaction": {"message_id": samples.OUTBOUND_ID, "emoji": False}},
            replace(MALFORMED_REACTION, detail="reaction.emoji is not a string"),
        ),
        (
            {"reaction": {"message_id": "", "emoji": "👍"}},
            replace(MALFORMED_REACTION, detail="reaction.message_id is missing or too long"),
        ),
        (
            {"reaction": None},
            replace(MALFORMED_REACTION, detail="reaction.message_id is missing or too long"),
        ),
        ({"id": ""}, replace(MALFORMED_REACTION, message_id="", detail=BAD_ID)),
        ({"id": "__x__"}, replace(REACTION, message_id="__x__")),
        ({"timestamp": "-5"}, replace(MALFORMED_REACTION, occurred_at=None, detail=BAD_TIME)),
        ({"group_id": "1"}, replace(MALFORMED_REACTION, reason=Reason.GROUP)),
    ],
)
def test_reactions(changed: samples.Json, expected: Item) -> None:
    """An emoji that cannot be read is no removal."""
    assert event_of(message=samples.reaction() | changed) == expected


def of_another_thing(word: str) -> Item:
    """A status that is no message's, whatever its own word is."""
    return replace(
        MALFORMED_STATUS,
        reason=Reason.UNSUPPORTED_STATUS,
        detail=f"its type is {word}, not message",
    )


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, DELIVERED),
        ({"errors": [{"code": 1}]}, DELIVERED),
        ({"recipient_id": 5, "recipient_user_id": ""}, replace(DELIVERED, person=Person())),
        (
            {"status": "failed", "errors": [{"code": 10**30, "list": [[1]]}]},
            replace(
                DELIVERED,
                name="failed",
                status=Status.FAILED,
                errors=({"code": "1" + "0" * 30, "list": ["[1]"]},),
            ),
        ),
        ({"status": "failed"}, replace(DELIVERED, name="failed", status=Status.FAILED)),
        (
            {"status": "Read"},
            replace(MALFORMED_STATUS, name="Read", reason=Reason.UNSUPPORTED_STATUS),
        ),
        (
            {"status": ""},
            replace(MALFORMED_STATUS, name="", detail="status is missing or not a string"),
        ),
        ({"id": ""}, replace(MALFORMED_STATUS, message_id="", detail=BAD_ID)),
        ({"id": "__x__"}, replace(DELIVERED, message_id="__x__")),
        ({"timestamp": None}, replace(MALFORMED_STATUS, occurred_at=None, detail=BAD_TIME)),
        ({"recipient_type": "group"}, replace(MALFORMED_STATUS, reason=Reason.GROUP)),
        ({"recipient_participant_id": "1"}, replace(MALFORMED_STATUS, reason=Reason.GROUP)),
        ({"participant_recipient_id": "1"}, replace(MALFORMED_STATUS, reason=Reason.GROUP)),
        ({"type": "message"}, DELIVERED),
        ({"type": ""}, DELIVERED),
        ({"type": None}, DELIVERED),
        ({"type": "payment"}, of_another_thing("payment")),
        ({"type": "Payment 1"}, of_another_thing("another")),
        ({"type": {"of": "payment"}}, of_another_thing("another")),
    ],
)
def test_statuses(changed: samples.Json, expected: Item) -> None:
    """Meta's words, as Meta writes them."""
    assert event_of(status=samples.status() | changed) == expected


@pytest.mark.parametrize(
    ("metadata", "phone_number_id"),
    [
        (None, ""),
        ({}, ""),
        ([], ""),
        ({"display_phone_number": "", "phone_number_id": "1"}, "1"),
        ({"display_phone_number": "none", "phone_number_id": "1" * 64}, "1" * 64),
        ({"display_phone_number": 15550783881, "phone_number_id": "1" * 65}, ""),
        ({"display_phone_number": "1" * 33, "phone_number_id": 5}, ""),
    ],
)
def test_without_lease_number(metadata: object, phone_number_id: str) -> None:
    """There is no number to look under: what would be processed is malformed, the rest is not."""
    items = [samples.text(), samples.reaction(), samples.image()]
    change = samples.change(messages=items, statuses=[samples.status()])
    value = change["value"]
    assert isinstance(value, dict)
    value["metadata"] = metadata
    malformed = replace(MALFORMED_TEXT, lease_number="", phone_number_id=phone_number_id)
    assert read(parse(samples.encode(samples.envelope(samples.entry(change))))) == (
        replace(malformed, detail=BAD_NUMBER),
        replace(
            malformed,
            position=1,
            message_id=samples.REACTION_ID,
            kind=Kind.REACTION,
            name="reaction",
            detail=BAD_NUMBER,
        ),
        replace(
            malformed,
            position=2,
            kind=Kind.MESSAGE,
            name="image",
            reason=Reason.UNSUPPORTED_TYPE,
        ),
        replace(
            malformed,
            position=3,
            message_id=samples.OUTBOUND_ID,
            kind=Kind.STATUS,
            name="delivered",
            detail=BAD_NUMBER,
        ),
    )


def test_no_payload_has_more_items_than_anybody_sends() -> None:
    body = b'{"object":"whatsapp_business_account","entry":[' + b",".join([b"1"] * 30_000) + b"]}"
    events = read(parse(body))
    assert len(events) == MAX_ITEMS + 1
    assert [event.position for event in events] == list(range(MAX_ITEMS + 1))
    assert isinstance(last := events[-1], UnprocessedItem)
    assert (last.reason, last.detail) == (Reason.MALFORMED, "there are more than 20000 items")
