"""A driver who changes number or user id, as Meta tells it in messages of type system."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from webhooks.outcomes import Reason
from webhooks.whatsapp.envelope import Message, SystemPart
from webhooks.whatsapp.fields import Common, Flawed
from webhooks.whatsapp.identifiers import is_user_id
from webhooks.whatsapp.items import Item, Person, UnprocessedItem
from webhooks.whatsapp.numbers import is_same_number
from webhooks.whatsapp.people import person

TYPE = "system"  # Message.type
# SystemPart.type. The second is what Meta said until 2024.
NUMBER_CHANGED = frozenset({"user_changed_number", "customer_changed_number"})
USER_ID_CHANGED = "user_changed_user_id"

# The end of `body`, which Meta writes: a name that people give themselves stands before it.
_FROM_TO = re.compile(r"from +(\+?[0-9][0-9 ()-]*) to +(\+?[0-9][0-9 ()-]*)\.?$")
# What WhatsApp puts around and into numbers that it shows: marks of direction, which have no width,
# blanks at which no line is broken, and hyphens of the same kind.
_INVISIBLE = range(0x200B, 0x2010), range(0x202A, 0x202F), range(0x2060, 0x206A), (0x061C, 0xFEFF)
_BLANKS, _HYPHENS = (0x00A0, 0x202F, *range(0x2000, 0x200B)), range(0x2010, 0x2016)
_AS_TYPED = (
    dict.fromkeys((code for codes in _INVISIBLE for code in codes), "")
    | dict.fromkeys(_BLANKS, " ")
    | dict.fromkeys(_HYPHENS, "-")
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangedIdentity(UnprocessedItem):
    """Who was `previous` is `person` from then on. Each has a number, a user id, or both.

    What both have in common is in `person` alone. The lease number is always present.
    """

    occurred_at: datetime
    previous: Person


def read(message: Message, common: Common, *, when: datetime | None) -> Item:
    """Reads a message of type system; one that does not name both is of no type that we know.

    Raises Flawed where it names both and neither whose driver nor since when.
    """
    names = _names(message.system or SystemPart(), message)
    if names is None:
        return UnprocessedItem(**common, occurred_at=when, reason=Reason.UNSUPPORTED_TYPE)
    if not common["lease_number"]:
        raise Flawed("metadata.display_phone_number is missing or not a number")
    if when is None:
        raise Flawed("timestamp is missing or no time")
    previous, common["person"] = names
    return ChangedIdentity(
        **common, occurred_at=when, reason=Reason.IDENTITY_NOTED, previous=previous
    )


def _names(part: SystemPart, message: Message) -> tuple[Person, Person] | None:
    """The previous and the new name; None unless both are told and differ."""
    if part.type in NUMBER_CHANGED:
        old_number, number = _numbers(part, message)
    elif part.type == USER_ID_CHANGED:
        # Where the number has changed as well, nobody knows which of the two `from` is.
        old_number, number = "", _number(part.wa_id)
    else:
        return None
    old_id, user_id = _user_ids(part, message)
    if old_id and not number:
        old_number = ""  # of which nobody knows whether it is the old one
    previous = Person(
        number="" if is_same_number(old_number, number) else old_number,
        user_id="" if old_id == user_id else old_id,
    )
    new = Person(number=number, user_id=user_id)
    return None if Person() in (previous, new) else (previous, new)


def _numbers(part: SystemPart, message: Message) -> tuple[str, str]:
    """The old and the new number. `from` may be either; where it is the new one, `body` tells."""
    told = _FROM_TO.search((part.body or "").translate(_AS_TYPED))
    said_old, said_new = (_number(each) for each in told.groups()) if told else ("", "")
    new = _number(part.wa_id) or _number(part.new_wa_id) or said_new
    return _other_than(new, (_number(part.customer), _number(message.from_), said_old)), new


def _user_ids(part: SystemPart, message: Message) -> tuple[str, str]:
    """The old and the new user id. Where only one is told, the sender's may be the other."""
    old, new = _own_id(part.previous_user_id), _own_id(part.user_id)
    sender = _own_id(person(message.from_, message.from_user_id).user_id)
    if bool(old) == bool(new) or sender in (old, new):
        return old, new
    return old or sender, new or sender


def _other_than(number: str, others: Iterable[str]) -> str:
    known = (other for other in others if other and not is_same_number(other, number))
    return next(known, "")


def _number(word: str | None) -> str:
    return person(word, None).number


def _own_id(word: str | None) -> str:
    """A user id of the documented form; a parent's has another."""
    return word if word and is_user_id(word) else ""
