"""What one message or one status means: the item that is read from it."""

from datetime import datetime

from webhooks.outcomes import Reason
from webhooks.whatsapp import failures, identity
from webhooks.whatsapp.envelope import Message, StatusPart
from webhooks.whatsapp.fields import Common, Flawed, Place, common_fields, moment, plain_word
from webhooks.whatsapp.identifiers import can_name_document
from webhooks.whatsapp.items import Effect, Item, Kind, UnprocessedItem
from webhooks.whatsapp.kinds import MESSAGES, status

_MAKES_MESSAGE = Effect.MAKES_MESSAGE
_TYPES = {kind.value: (kind, read) for kind, read in MESSAGES.items()}
_OTHER = (Kind.MESSAGE, None)
_OWN_TYPE = "its own type is "


def from_message(position: int, place: Place, message: Message) -> Item:
    """What one of `messages[]` means."""
    kind, read = _TYPES.get(message.type or "", _OTHER)
    person, profile_name = place.people.find(message.from_, message.from_user_id)
    common = common_fields(position, place, message, kind=kind, name=message.type, person=person)
    when = moment(message.timestamp)
    if _is_of_group(message):
        return _unprocessed(message, common, when, Reason.GROUP)
    if not message.type:
        return _malformed(message, common, when, "type is missing or not a string")
    if read is None:
        return _other(message, common, when)
    try:
        return read(message, common, when=_needed(common, when), profile_name=profile_name)
    except Flawed as flaw:
        return _malformed(message, common, when, str(flaw))


def from_status(position: int, place: Place, item: StatusPart) -> Item:
    """What one of `statuses[]` means."""
    person, _ = place.people.find(item.recipient_id, item.recipient_user_id)
    common = common_fields(position, place, item, kind=Kind.STATUS, name=item.status, person=person)
    when = moment(item.timestamp)
    if _is_of_group(item):
        return _unprocessed(item, common, when, Reason.GROUP)
    if not item.status:
        return _malformed(item, common, when, "status is missing or not a string")
    known = status.STATUSES.get(item.status)
    if known is None or status.is_of_another_thing(item):
        return _unprocessed(item, common, when, Reason.UNSUPPORTED_STATUS, status.of_what(item))
    try:
        return status.read(item, common, status=known, when=_needed(common, when))
    except Flawed as flaw:
        return _malformed(item, common, when, str(flaw))


def _other(message: Message, common: Common, when: datetime | None) -> Item:
    """A message that makes and changes none: a new name of the driver is noted, else ignored."""
    if message.type != identity.TYPE:
        return _unprocessed(message, common, when, Reason.UNSUPPORTED_TYPE, _own_type(message))
    try:
        return identity.read(message, common, when=when)
    except Flawed as flaw:
        return _malformed(message, common, when, str(flaw))


def _own_type(message: Message) -> str:
    """Of which type Meta says that an `unsupported` message is; nothing if it does not say."""
    word = plain_word(message.unsupported.type) if message.unsupported else ""
    return f"{_OWN_TYPE}{word}" if word else ""


def own_type_in(detail: str) -> str:
    """The same, from the words that an item has of it."""
    return detail.removeprefix(_OWN_TYPE) if detail.startswith(_OWN_TYPE) else ""


def _needed(common: Common, when: datetime | None) -> datetime:
    """The time of an item that has all that it needs to be processed. Raises Flawed."""
    if not common["lease_number"]:
        raise Flawed("metadata.display_phone_number is missing or not a number")
    if not common["message_id"]:
        raise Flawed("id is missing or too long")
    if common["kind"].effect is _MAKES_MESSAGE and not can_name_document(common["message_id"]):
        raise Flawed("id cannot name a document")
    if when is None:
        raise Flawed("timestamp is missing or no time")
    return when


def _malformed(
    part: Message | StatusPart, common: Common, when: datetime | None, detail: str
) -> UnprocessedItem:
    return _unprocessed(part, common, when, Reason.MALFORMED, detail)


def _unprocessed(
    part: Message | StatusPart,
    common: Common,
    when: datetime | None,
    reason: Reason,
    detail: str = "",
) -> UnprocessedItem:
    """Whatever the reason, what Meta says went wrong is kept: it may be why."""
    errors = failures.kept(part.errors)
    return UnprocessedItem(**common, occurred_at=when, reason=reason, detail=detail, errors=errors)


def _is_of_group(item: Message | StatusPart) -> bool:
    participant = item.recipient_participant_id or item.participant_recipient_id
    return bool(item.group_id or participant) or item.recipient_type == "group"
