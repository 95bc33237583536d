"""What the texts in the payload files mean."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.webhooks.whatsapp.payloads import (
    HERE,
    OUTBOUND_ID,
    REACTION_ID,
    SHEENA,
    TEXT_ID,
    TEXT_TIME,
    items_of,
)
from webhooks.outcomes import Reason
from webhooks.whatsapp.items import Item, Kind, Person, UnprocessedItem
from webhooks.whatsapp.kinds.text import TextMessage

TEXT = TextMessage(
    position=0,
    **HERE,
    message_id=TEXT_ID,
    person=SHEENA,
    occurred_at=TEXT_TIME,
    kind=Kind.TEXT,
    name="text",
    body="Does it come in another color?",
    profile_name="Sheena Nelson",
    reply_to="",
    forwarded=False,
)

BY_USER_ID = Person(number="", user_id="US.13491208655302741918")

CASES: dict[str, tuple[Item, ...]] = {
    "text": (TEXT,),
    "text_reply": (replace(TEXT, body="Yes, on Monday", reply_to=OUTBOUND_ID),),
    "text_forwarded": (replace(TEXT, forwarded=True),),
    "text_frequently_forwarded": (replace(TEXT, forwarded=True),),
    "text_empty_body": (replace(TEXT, body=""),),
    "text_username_only": (replace(TEXT, person=BY_USER_ID),),
    "text_user_id_as_from": (replace(TEXT, person=BY_USER_ID),),
    "text_without_sender": (TEXT,),
    "text_empty_strings": (replace(TEXT, person=BY_USER_ID, profile_name=""),),
    "text_formatted_lease_number": (TEXT,),
    "text_in_group": (
        UnprocessedItem(
            position=0,
            **HERE,
            message_id=TEXT_ID,
            person=SHEENA,
            occurred_at=TEXT_TIME,
            kind=Kind.TEXT,
            name="text",
            reason=Reason.GROUP,
        ),
    ),
    "dashboard_test_button": (
        TextMessage(
            position=0,
            account_id="0",
            lease_number="16505551111",
            phone_number_id="123456123",
            message_id="ABGGFlA5Fpa",
            person=Person(number="16315551181"),
            occurred_at=datetime(2017, 9, 8, 20, 36, 28, tzinfo=UTC),
            kind=Kind.TEXT,
            name="text",
            body="this is a text message",
            profile_name="test user name",
        ),
    ),
    "lone_surrogate": (
        replace(TEXT, body="Half a thumb: \N{REPLACEMENT CHARACTER}, a whole one: 👍"),
        replace(TEXT, position=1, message_id=OUTBOUND_ID, body="Beside it"),
        replace(TEXT, position=2, message_id=REACTION_ID, body="Next change"),
    ),
    "nul": (
        replace(TEXT, body="Before\ufffdafter", profile_name="Sheena\ufffdNelson"),
        replace(
            TEXT,
            position=1,
            message_id=OUTBOUND_ID,
            body="Beside it",
            profile_name="Sheena\ufffdNelson",
        ),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_texts(name: str) -> None:
    """Each file gives exactly these events."""
    assert items_of(name) == CASES[name]
