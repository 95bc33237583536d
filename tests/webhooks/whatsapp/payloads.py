"""The payloads in tests/payloads/, and the ids of Meta's documentation that they use."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict

from webhooks.whatsapp.items import Item, Person
from webhooks.whatsapp.payload import parse
from webhooks.whatsapp.reading import read

DIRECTORY = Path(__file__).parents[2] / "payloads"


class Place(TypedDict):
    """Where an event belongs."""

    account_id: str
    lease_number: str
    phone_number_id: str


HERE: Place = {
    "account_id": "102290129340398",
    "lease_number": "15550783881",
    "phone_number_id": "106540352242922",
}
SHEENA = Person(number="16505551234", user_id="US.13491208655302741918")
TEXT_ID = "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA="
REACTION_ID = "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQUFERjg0NDEzNDdFODU3MUMxMAA="
OUTBOUND_ID = "wamid.HBgLMTQxMjU1NTA4MjkVAgASGBQzQUNCNjk5RDUwNUZGMUZEM0VBRAA="
STATUS_ID = "wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBI0QUQ2MjA4NEYyRkExNjMyREUA"
TEXT_TIME = datetime(2025, 6, 8, 20, 59, 43, tzinfo=UTC)
REACTION_TIME = datetime(2025, 6, 8, 21, 52, 24, tzinfo=UTC)
STATUS_TIME = datetime(2025, 6, 28, 20, 34, 48, tzinfo=UTC)


def load(name: str) -> bytes:
    """The bytes of one of the files."""
    return (DIRECTORY / f"{name}.json").read_bytes()


def items_of(name: str) -> tuple[Item, ...]:
    """What one of the files means."""
    return read(parse(load(name)))
