"""One message or one status as the event that it means, and where it belongs."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypedDict

from webhooks.outcomes import Reason
from webhooks.whatsapp import failures
from webhooks.whatsapp.envelope import Message, StatusPart, Value
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
from webhooks.whatsapp.identifiers import can_name_document, digits
from webhooks.whatsapp.limits import (
    MESSAGE_ID_BYTES,
    META_ID_LENGTH,
    NAME_LENGTH,
    NUMBER_LENGTH,
    within,
)
from webhooks.whatsapp.people import People

_KINDS = {"text": Kind.TEXT, "reaction": Kind.REACTION}
_STATUSES = {status.word: status for status in Status}
_NO_TIME = "timestamp is missing or not in unix seconds"
_LAST_SECOND = 253_402_300_799  # 9999-12-31T23:59:59Z, the last that datetime and Firestore know


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
    """The fields of every event of a message or a status, but for the time."""

    position: int
    account_id: str
    lease_number: str
    phone_number_id: str
    message_id: str
    person: Person
    kind: Kind
    name: str


def moment(timestamp: str | int | None) -> datetime | None:
    """Meta's timestamp, whole seconds since 1970 as digits or a number; None if it is neither."""
    if isinstance(timestamp, str):
        # No second that exists has more digits, and Python refuses to read very many.
        readable = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= NUMBER_LENGTH
        timestamp = int(timestamp) if readable else None
    if timestamp is None or not 0 <= timestamp <= _LAST_SECOND:
        return None
    return datetime.fromtimestamp(timestamp, UTC)


def from_message(position: int, place: Place, message: Message) -> Event:
    """What one of `messages[]` means."""
    kind = _KINDS.get(message.type or "", Kind.MESSAGE)
    person, profile_name = place.people.find(message.from_, message.from_user_id)
    common = _common(position, place, message, kind=kind, name=message.type, person=person)
    when = moment(message.timestamp)
    if _is_of_group(message):
        return UnprocessedEvent(**common, occurred_at=when, reason=Reason.GROUP)
    if kind is Kind.TEXT:
        return _text(common, when, message, profile_name)
    if kind is Kind.REACTION:
        return _reaction(common, when, message)
    if not message.type:
        return _malformed(common, when, "type is missing or not a string")
    return UnprocessedEvent(**common, occurred_at=when, reason=Reason.UNSUPPORTED_TYPE)


def from_status(position: int, place: Place, item: StatusPart) -> Event:
    """What one of `statuses[]` means."""
    person, _ = place.people.find(item.recipient_id, item.recipient_user_id)
    common = _common(position, place, item, kind=Kind.STATUS, name=item.status, person=person)
    when = moment(item.timestamp)
    if _is_of_group(item):
        return UnprocessedEvent(**common, occurred_at=when, reason=Reason.GROUP)
    if not item.status:
        return _malformed(common, when, "status is missing or not a string")
    status = _STATUSES.get(item.status)
    if status is None:
        return UnprocessedEvent(**common, occurred_at=when, reason=Reason.UNSUPPORTED_STATUS)
    flaw = _flaw(common)
    if flaw or when is None:
        return _malformed(common, when, flaw or _NO_TIME)
    errors = failures.kept(item.errors) if status is Status.FAILED else ()
    return StatusUpdate(**common, occurred_at=when, status=status, errors=errors)


def _common(
    position: int,
    place: Place,
    item: Message | StatusPart,
    *,
    kind: Kind,
    name: str | None,
    person: Person,
) -> Common:
    return {
        "position": position,
        "account_id": place.account_id,
        "lease_number": place.lease_number,
        "phone_number_id": place.phone_number_id,
        "message_id": _message_id(item.id),
        "person": person,
        "kind": kind,
        "name": (name or "")[:NAME_LENGTH],
    }


def _text(common: Common, when: datetime | None, message: Message, profile_name: str) -> Event:
    flaw = _flaw(common)
    if not flaw and not can_name_document(common["message_id"]):
        flaw = "id cannot name a document"
    if flaw or when is None:
        return _malformed(common, when, flaw or _NO_TIME)
    body = message.text.body if message.text else None
    if body is None:
        return _malformed(common, when, "text.body is missing or not a string")
    context = message.context
    return TextMessage(
        **common,
        occurred_at=when,
        body=body,
        profile_name=profile_name,
        reply_to=_message_id(context.id) if context else "",
        forwarded=bool(context and (context.forwarded or context.frequently_forwarded)),
    )


def _reaction(common: Common, when: datetime | None, message: Message) -> Event:
    flaw = _flaw(common)
    if flaw or when is None:
        return _malformed(common, when, flaw or _NO_TIME)
    part = message.reaction
    target_id = _message_id(part.message_id) if part else ""
    if part is None or not target_id:
        return _malformed(common, when, "reaction.message_id is missing or too long")
    emoji = "" if part.emoji is None else part.emoji
    if not isinstance(emoji, str):
        return _malformed(common, when, "reaction.emoji is not a string")
    return Reaction(**common, occurred_at=when, target_id=target_id, emoji=emoji)


def _flaw(common: Common) -> str:
    """What an item lacks to be processed besides a time; nothing if it has what all need."""
    if not common["lease_number"]:
        return "metadata.display_phone_number is missing or not a number"
    if not common["message_id"]:
        return "id is missing or too long"
    return ""


def _malformed(common: Common, when: datetime | None, detail: str) -> UnprocessedEvent:
    return UnprocessedEvent(**common, occurred_at=when, reason=Reason.MALFORMED, detail=detail)


def _is_of_group(item: Message | StatusPart) -> bool:
    return bool(item.group_id or item.recipient_participant_id) or item.recipient_type == "group"


def _message_id(value: str | None) -> str:
    if not value or (len(value) * 4 > MESSAGE_ID_BYTES and len(value.encode()) > MESSAGE_ID_BYTES):
        return ""
    return value
