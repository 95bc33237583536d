"""What one text means, field by field."""

from dataclasses import replace

import pytest

from sandbox import samples
from tests.webhooks.whatsapp.expected import BAD_ID, BAD_TIME, MALFORMED_TEXT, TEXT, event_of
from webhooks.outcomes import Reason
from webhooks.whatsapp.items import Item, Kind


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
def test_texts(changed: samples.Json, expected: Item) -> None:
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
        ({"timestamp": 1749416383.5}, TEXT),
        ({"timestamp": 1749416383.0}, TEXT),
        ({"timestamp": " 1749416383000 "}, TEXT),
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
def test_texts_that_are_set_aside(changed: samples.Json, expected: Item) -> None:
    """They keep every field that can be read, and say what is wrong."""
    assert event_of(message=samples.text() | changed) == expected
