"""The fields that items of several kinds have, as they are read from Meta's."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypedDict

from visn_whatsapp.untrusted import is_digits, whole_number
from webhooks.whatsapp.envelope import Message, StatusPart, Value
from webhooks.whatsapp.items import Kind, Person
from webhooks.whatsapp.limits import (
    MESSAGE_ID_BYTES,
    META_ID_LENGTH,
    NAME_LENGTH,
    NUMBER_LENGTH,
    within,
)
from webhooks.whatsapp.numbers import digits
from webhooks.whatsapp.people import People

_LAST_SECOND = 253_402_300_799  # 9999-12-31T23:59:59Z, the last that datetime and Firestore know
_BLANKS = " \t\r\n"
_PLAIN_WORD = re.compile(r"[a-z_]{1,40}")


class Flawed(Exception):
    """An item lacks what its kind must have. The words are free of personal data."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the items of one value belong, and the people that it names."""

    account_id: str
    lease_number: str
    phone_number_id: str
    people: People

    @classmethod
    def of(cls, account_id: str, value: Value | None) -> "Place":
        """The place of a value; empty where it does not say."""
        metadata = value.metadata if value else None
        return cls(
            within(account_id, META_ID_LENGTH),
            within(digits(metadata.display_phone_number or ""), NUMBER_LENGTH) if metadata else "",
            within(metadata.phone_number_id, META_ID_LENGTH) if metadata else "",
            People((value and value.contacts) or ()),
        )


class Common(TypedDict):
    """The fields of every item of a message or a status, but for the time."""

    position: int
    account_id: str
    lease_number: str
    phone_number_id: str
    message_id: str
    person: Person
    kind: Kind
    name: str


class OfDriver(TypedDict):
    """The fields of every `DriverMessage` beside its words."""

    profile_name: str
    reply_to: str
    forwarded: bool


def common_fields(
    position: int,
    place: Place,
    item: Message | StatusPart,
    *,
    kind: Kind,
    name: str | None,
    person: Person,
) -> Common:
    """What every item says, of whatever kind it is."""
    return {
        "position": position,
        "account_id": place.account_id,
        "lease_number": place.lease_number,
        "phone_number_id": place.phone_number_id,
        "message_id": message_id(item.id),
        "person": person,
        "kind": kind,
        "name": (name or "")[:NAME_LENGTH],
    }


def of_driver(message: Message, profile_name: str) -> OfDriver:
    """Who wrote a message, what it quotes, and whether it was forwarded."""
    context = message.context
    return {
        "profile_name": profile_name,
        "reply_to": message_id(context.id) if context else "",
        "forwarded": bool(context and (context.forwarded or context.frequently_forwarded)),
    }


def moment(timestamp: str | float | None) -> datetime | None:
    """Meta's timestamp as a whole second; None if it is no time.

    Meta sends seconds since 1970 as a string of digits. Seen from others and taken as well: a
    number, a fraction, which is dropped, blanks around it, and milliseconds, which begin where
    seconds end: the last is in 9999, and so many milliseconds are a day in 1978.
    """
    if isinstance(timestamp, str):
        # No second that exists has more digits. Nearly all are as they should be.
        plain = whole_number(timestamp, digits=NUMBER_LENGTH)
        timestamp = _whole(timestamp) if plain is None else plain
    if timestamp is None or not 0 <= timestamp < (_LAST_SECOND + 1) * 1000:
        return None
    second = int(timestamp)
    return datetime.fromtimestamp(second if second <= _LAST_SECOND else second // 1000, UTC)


def _whole(text: str) -> int | None:
    """The whole of a number that is written in digits, with a fraction or without."""
    whole, point, fraction = text.strip(_BLANKS).partition(".")
    if point and not is_digits(fraction):
        return None
    return whole_number(whole, digits=NUMBER_LENGTH)


def plain_word(value: object) -> str:
    """A word of Meta's that can hold nothing personal, as Meta spells types; else nothing."""
    return value if isinstance(value, str) and _PLAIN_WORD.fullmatch(value) else ""


def message_id(value: str | None) -> str:
    """Meta's id of a message; empty where there is none that Firestore could hold."""
    if not value or (len(value) * 4 > MESSAGE_ID_BYTES and len(value.encode()) > MESSAGE_ID_BYTES):
        return ""
    return value
