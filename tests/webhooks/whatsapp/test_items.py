"""What one message or status means, field by field."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from webhooks.outcomes import Reason
from webhooks.whatsapp import samples
from webhooks.whatsapp.events import (
    Event,
    Kind,
    Person,
    Reaction,
    Status,
    StatusUpdate,
    TextMessage,
    UnprocessedEvent,
)
from webhooks.whatsapp.items import moment
from webhooks.whatsapp.payload import parse
from webhooks.whatsapp.reading import read

Json = dict[str, object]

PERSON = Person(number="16505551234", user_id="US.13491208655302741918")
MOMENT = datetime(2025, 6, 8, 20, 59, 43, tzinfo=UTC)
TEXT = TextMessage(
    position=0,
    account_id="102290129340398",
    lease_number="15550783881",
    phone_number_id="106540352242922",
    message_id=samples.TEXT_ID,
    person=PERSON,
    occurred_at=MOMENT,
    kind=Kind.TEXT,
    name="text",
    body="Does it come in another color?",
)
MALFORMED_TEXT = UnprocessedEvent(
    position=0,
    account_id="102290129340398",
    lease_number="15550783881",
    phone_number_id="106540352242922",
    message_id=samples.TEXT_ID,
    person=PERSON,
    occurred_at=MOMENT,
    kind=Kind.TEXT,
    name="text",
    reason=Reason.MALFORMED,
)
REACTION = Reaction(
    position=0,
    account_id="102290129340398",
    lease_number="15550783881",
    phone_number_id="106540352242922",
    message_id=samples.REACTION_ID,
    person=PERSON,
    occurred_at=MOMENT,
    kind=Kind.REACTION,
    name="reaction",
    target_id=samples.OUTBOUND_ID,
    emoji="👍",
)
MALFORMED_REACTION = replace(
    MALFORMED_TEXT, message_id=samples.REACTION_ID, kind=Kind.REACTION, name="reaction"
)
DELIVERED = StatusUpdate(
    position=0,
    account_id="102290129340398",
    lease_number="15550783881",
    phone_number_id="106540352242922",
    message_id=samples.OUTBOUND_ID,
    person=PERSON,
    occurred_at=MOMENT,
    kind=Kind.STATUS,
    name="delivered",
    status=Status.DELIVERED,
)
MALFORMED_STATUS = replace(
    MALFORMED_TEXT, message_id=samples.OUTBOUND_ID, kind=Kind.STATUS, name="delivered"
)

BAD_ID = "id is missing or too long"
BAD_TIME = "timestamp is missing or not in unix seconds"
BAD_NUMBER = "metadata.display_phone_number is missing or not a number"


def event_of(*, message: object = None, status: object = None) -> Event:
    """The one event of a payload with this one item."""
    items = [] if message is None else [message]
    change = samples.change(messages=items, statuses=[] if status is None else [status])
    (event,) = read(parse(samples.encode(samples.envelope(samples.entry(change)))))
    return event


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        ("1749416383", MOMENT),
        (1749416383, MOMENT),
        ("0", datetime(1970, 1, 1, tzinfo=UTC)),
        ("0001749416383", MOMENT),
        (253402300799, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (253402300800, None),
        ("253402300800", None),
        ("1749416383000", None),
        (-1, None),
        ("-1", None),
        ("1749416383.5", None),
        (" 1749416383", None),
        ("\u0661\u0662", None),
        ("\u00b2", None),
        ("", None),
        ("noon", None),
        ("9" * 5000, None),
        (10**30, None),
        (None, None),
    ],
)
def test_moment(timestamp: str | int | None, expected: datetime | None) -> None:
    """Whole seconds from 1970 to 9999; all else is no time."""
    assert moment(timestamp) == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, TEXT),
        ({"timestamp": 1749416383}, TEXT),
        ({"unknown": {"x": [1]}}, TEXT),
        ({"text": {"body": ""}}, replace(TEXT, body="")),
        ({"context": None}, TEXT),
        ({"context": []}, TEXT),
        ({"context": {"id": 5, "forwarded": True}}, replace(TEXT, forwarded=True)),
        ({"context": {"id": "x" * 1501}}, TEXT),
        ({"context": {"id": "x" * 1500}}, replace(TEXT, reply_to="x" * 1500)),
        ({"group_id": None, "recipient_type": "individual"}, TEXT),
    ],
)
def test_texts(changed: Json, expected: Event) -> None:
    """What a text needs not, it may lack or have in a wrong type."""
    assert event_of(message=samples.text() | changed) == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"id": None}, replace(MALFORMED_TEXT, message_id="", detail=BAD_ID)),
        ({"id": ""}, replace(MALFORMED_TEXT, message_id="", detail=BAD_ID)),
        ({"id": 7}, replace(MALFORMED_TEXT, message_id="", detail=BAD_ID)),
        ({"id": "x" * 1501}, replace(MALFORMED_TEXT, message_id="", detail=BAD_ID)),
        ({"id": "é" * 751}, replace(MALFORMED_TEXT, message_id="", detail=BAD_ID)),
        (
            {"id": "é" * 750},
            replace(MALFORMED_TEXT, message_id="é" * 750, detail="id cannot name a document"),
        ),
        (
            {"id": "__x__"},
            replace(MALFORMED_TEXT, message_id="__x__", detail="id cannot name a document"),
        ),
        ({"timestamp": None}, replace(MALFORMED_TEXT, occurred_at=None, detail=BAD_TIME)),
        ({"timestamp": True}, replace(MALFORMED_TEXT, occurred_at=None, detail=BAD_TIME)),
        ({"timestamp": 1749416383.5}, replace(MALFORMED_TEXT, occurred_at=None, detail=BAD_TIME)),
        ({"timestamp": 1749416383.0}, replace(MALFORMED_TEXT, occurred_at=None, detail=BAD_TIME)),
        ({"timestamp": 10**30}, replace(MALFORMED_TEXT, occurred_at=None, detail=BAD_TIME)),
        ({"text": None}, replace(MALFORMED_TEXT, detail="text.body is missing or not a string")),
        ({"text": {}}, replace(MALFORMED_TEXT, detail="text.body is missing or not a string")),
        (
            {"text": {"body": 5}},
            replace(MALFORMED_TEXT, detail="text.body is missing or not a string"),
        ),
        (
            {"type": None},
            replace(
                MALFORMED_TEXT,
                kind=Kind.MESSAGE,
                name="",
                detail="type is missing or not a string",
            ),
        ),
        ({"group_id": "1"}, replace(MALFORMED_TEXT, reason=Reason.GROUP)),
        ({"group_id": {"new": "form"}}, replace(MALFORMED_TEXT, reason=Reason.GROUP)),
        ({"recipient_type": "group"}, replace(MALFORMED_TEXT, reason=Reason.GROUP)),
        ({"recipient_participant_id": "1"}, replace(MALFORMED_TEXT, reason=Reason.GROUP)),
        ({"group_id": "1", "text": None}, replace(MALFORMED_TEXT, reason=Reason.GROUP)),
        (
            {"type": "Text"},
            replace(MALFORMED_TEXT, kind=Kind.MESSAGE, name="Text", reason=Reason.UNSUPPORTED_TYPE),
        ),
        (
            {"type": "t" * 65, "id": None},
            replace(
                MALFORMED_TEXT,
                message_id="",
                kind=Kind.MESSAGE,
                name="t" * 64,
                reason=Reason.UNSUPPORTED_TYPE,
            ),
        ),
    ],
)
def test_texts_that_are_set_aside(changed: Json, expected: Event) -> None:
    """They keep every field that can be read, and say what is wrong."""
    assert event_of(message=samples.text() | changed) == expected


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
def test_reactions(changed: Json, expected: Event) -> None:
    """An emoji that cannot be read is no removal."""
    assert event_of(message=samples.reaction() | changed) == expected


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
    ],
)
def test_statuses(changed: Json, expected: Event) -> None:
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
