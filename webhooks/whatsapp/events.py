"""What one item of a payload means to us: a text, a reaction, a status, or something set aside."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from webhooks.outcomes import Reason


class Kind(StrEnum):
    """What sort of item an event was read from (the contract's rule 5 counts exactly these)."""

    TEXT = "text"  # messages[] of type text
    REACTION = "reaction"  # messages[] of type reaction
    STATUS = "status"  # statuses[]
    MESSAGE = "message"  # messages[] of any other type
    ERROR = "error"  # value.errors[]
    CHANGE = "change"  # a change of another field than messages, or of another product
    CONTAINER = "container"  # an envelope, entry, change, value or list that cannot be read


class Status(IntEnum):
    """The statuses that are processed, in the contract's order: a greater one replaces a lesser."""

    SENT = 1
    FAILED = 2
    DELIVERED = 3
    READ = 4
    PLAYED = 5

    @property
    def word(self) -> str:
        """Meta's word for it, as documents hold it."""
        return self.name.lower()


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """How Meta names the driver. Either may be empty: numbers are withheld, user ids are new."""

    number: str = ""  # digits only
    user_id: str = ""  # business-scoped user id, such as US.13491208655302741918


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """What every item has. Fields that Meta left out, or that cannot be read, are empty."""

    position: int  # counts the items of the delivery from 0, in the order of the payload
    account_id: str = ""  # WhatsApp Business Account: entry[].id
    lease_number: str = ""  # the business number, digits only
    phone_number_id: str = ""  # Meta's id of the business number
    message_id: str = ""  # Meta's id of the message, of the reaction, or that a status is about
    person: Person = Person()
    occurred_at: datetime | None = None  # Meta's timestamp, UTC, whole seconds
    kind: Kind
    name: str  # Meta's own word: the message type, the status, the field


@dataclass(frozen=True, kw_only=True, slots=True)
class TextMessage(Event):
    """A driver's words. `message_id` is always present."""

    occurred_at: datetime
    body: str
    profile_name: str = ""
    reply_to: str = ""  # Meta's id of the quoted message
    forwarded: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Reaction(Event):
    """A driver's emoji on a message. `message_id` is always present."""

    occurred_at: datetime
    target_id: str  # Meta's id of the message reacted to
    emoji: str  # empty: the reaction is removed

    @property
    def removed(self) -> bool:
        """Whether this takes the person's reaction away."""
        return not self.emoji


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusUpdate(Event):
    """How far an outbound message got. `message_id` is always present."""

    occurred_at: datetime
    status: Status
    errors: tuple[Mapping[str, object], ...] = ()  # errors[] of a failed one, whole


@dataclass(frozen=True, kw_only=True, slots=True)
class UnprocessedEvent(Event):
    """An item that is settled as it is read: ignored, or malformed. `reason` says why."""

    reason: Reason
    detail: str = ""  # which part is wrong, in words free of personal data
