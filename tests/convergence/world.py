"""What a stream of events meets and holds: tracking records, chats, and the items Meta sends.

Written from the contract alone, for the model: nothing here knows the code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

FIRST_SECOND = 1749416383  # 2025-06-08T20:59:43Z; the seconds of a world count from here
AFTERWARDS = 6  # second from which on items come only once all others are settled


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Chat:
    """The chat of an enquiry of a lease company."""

    lease_id: str
    enquiry_id: str

    @property
    def enquiry(self) -> str:
        """The path of its enquiry."""
        return f"leasecompany/{self.lease_id}/enquiries/{self.enquiry_id}"

    @property
    def messages(self) -> str:
        """The path of its messages."""
        return f"{self.enquiry}/whatsapp/messages/chatMessages"


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A tracking record. An empty number or user id is one that the record lacks."""

    document_id: str
    lease_number: str
    chat: Chat
    number: str  # as stored, with or without a plus
    user_id: str
    active: bool
    updated_second: int
    created_second: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Outbound:
    """A message of a customer, as the drawer and the sender leave it."""

    chat: Chat
    document_id: str
    wamid: str  # Meta's id, which the sender may store later
    twin: str = ""  # Meta's other id of it, which nobody stores
    fields: Mapping[str, object]  # everything but that id


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """All that is there before the events come. `enquiries` has the unread counts."""

    records: tuple[Record, ...]
    enquiries: Mapping[Chat, int | None]  # None: the enquiry has no count yet
    outbound: tuple[Outbound, ...]
    changes: "tuple[Changed, ...]" = ()  # what WhatsApp says of its people in the end
    told: "tuple[Item, ...]" = ()  # all that names somebody by two names in the end


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """How Meta names a driver in one item; either may be withheld."""

    number: str = ""
    user_id: str = ""
    name: str = ""  # of the WhatsApp profile
    has_contact: bool = True  # among the contacts beside the item, which tell both


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """What all items have. `wamid` is the item's own id, of a status that of its message."""

    lease_number: str
    driver: Named
    wamid: str
    second: int

    @property
    def named(self) -> Named:
        """Whom it names."""
        return self.driver


@dataclass(frozen=True, kw_only=True, slots=True)
class Text(Item):
    """A text of a driver."""

    body: str
    reply_to: str = ""
    forwarded: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Reaction(Item):
    """An emoji of a driver on a message, or its removal: absent (None), "" or null ("null")."""

    target: str
    emoji: str | None

    @property
    def removed(self) -> bool:
        """Whether it takes the driver's reaction away, however it is spelt."""
        return self.emoji in {None, "", "null"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Status(Item):
    """How far an outbound message got; `errors` is JSON of a failed one."""

    word: str
    errors: tuple[Mapping[str, object], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Photo(Item):
    """A message of a type that is not processed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed(Item):
    """WhatsApp says that the driver, as they were named until then, has another name now."""

    now: Named

    @property
    def named(self) -> Named:
        """Whom it names: the driver as they are called from then on."""
        return self.now


def tells(item: Item) -> bool:
    """Whether it says of two names that they are one person's."""
    return isinstance(item, Changed) or bool(item.driver.number and item.driver.user_id)


# Numbers of these worlds that are spelled in two ways (contract: One number, one person).
TWINS = (("554199990001", "5541999990001"), ("551187650104", "5511987650104"))


def spelled(number: str) -> frozenset[str]:
    """All spellings of a number, in digits; none of no number."""
    twins = next((frozenset(each) for each in TWINS if number in each), frozenset({number}))
    return twins - {""}


def moment(second: int) -> datetime:
    """The time of a second of the world."""
    return datetime.fromtimestamp(FIRST_SECOND + second, UTC)


def digits(number: str) -> str:
    """The digits of a number."""
    return "".join(filter(str.isdigit, number))


def message_path(chat: Chat, wamid: str) -> str:
    """The path of an inbound message (contract: Chat message)."""
    return f"{chat.messages}/{quote(wamid, safe='=')}"
