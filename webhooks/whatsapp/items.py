"""What was read: one item of a payload, its kind, and what items of all kinds have.

What only one kind has stands in its file in `kinds/`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from visn_whatsapp.explained import Word
from webhooks.outcomes import Reason
from webhooks.whatsapp.numbers import spellings


class Effect(Enum):
    """What an item of a kind does to a chat, where it can be read."""

    NONE = auto()  # nothing: it is settled as it is read
    MAKES_MESSAGE = auto()  # it becomes a message of the driver
    CHANGES_MESSAGE = auto()  # it changes the message that its own id names
    CHANGES_TARGET = auto()  # it has an id of its own, and changes the message that it refers to


class Kind(Word):
    """What sort of thing an item was read from (the contract's rule 5 counts exactly these).

    Of a message that is processed the value is Meta's word for its type.
    """

    effect: Effect

    TEXT = "text", Effect.MAKES_MESSAGE  # messages[] of type text
    REACTION = "reaction", Effect.CHANGES_TARGET  # messages[] of type reaction
    STATUS = "status", Effect.CHANGES_MESSAGE  # statuses[]
    MESSAGE = "message", Effect.NONE  # messages[] of any other type
    ERROR = "error", Effect.NONE  # value.errors[]
    # A change of another field than messages, of messages but without items, or another product's.
    CHANGE = "change", Effect.NONE
    CONTAINER = "container", Effect.NONE  # an envelope, entry, change, value or list, unreadable

    def __init__(self, _: str, effect: Effect) -> None:
        self.effect = effect


def kinds_that(*effects: Effect) -> tuple[Kind, ...]:
    """The kinds with one of these effects; a row's kind, which is a word, is in them as well."""
    return tuple(kind for kind in Kind if kind.effect in effects)


MAKING = kinds_that(Effect.MAKES_MESSAGE)
CHANGING = kinds_that(Effect.CHANGES_MESSAGE, Effect.CHANGES_TARGET)
IN_A_CHAT = (*MAKING, *CHANGING)


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """How Meta names the driver. Either may be empty: numbers are withheld, user ids are new."""

    number: str = ""  # digits only
    user_id: str = ""  # business-scoped user id, such as US.13491208655302741918

    @property
    def names(self) -> frozenset[str]:
        """All that names them here: the number in each of its spellings, and the user id."""
        return frozenset((*spellings(self.number), self.user_id)) - {""}


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
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
    errors: tuple[Mapping[str, object], ...] = ()  # errors[] that Meta gave with it, whole

    @property
    def refers_to(self) -> str:
        """Meta's id of another message that it names, by which the ledger finds it; or nothing."""
        return ""

    @property
    def changes(self) -> str:
        """Meta's id of the message that it changes; empty if it changes none."""
        return ""


@dataclass(frozen=True, kw_only=True, slots=True)
class DriverMessage(Item):
    """What becomes a message of a chat, whatever its kind; listeners call each of them a text.

    `message_id` can name a document.
    """

    occurred_at: datetime
    body: str  # the words that the chat shows
    profile_name: str = ""
    reply_to: str = ""  # Meta's id of the quoted message
    forwarded: bool = False

    @property
    def refers_to(self) -> str:
        """The message that it quotes."""
        return self.reply_to


@dataclass(frozen=True, kw_only=True, slots=True)
class UnprocessedItem(Item):
    """An item that is settled as it is read: ignored, or malformed. `reason` says why."""

    reason: Reason
    detail: str = ""  # which part is wrong, in words free of personal data


def messages_of(items: Iterable[Item]) -> Iterator[DriverMessage]:
    """Those of the items that become messages of a chat."""
    return (item for item in items if isinstance(item, DriverMessage))
