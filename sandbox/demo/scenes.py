"""What a story is made of: deliveries that Meta posts, and messages that the sender stores."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from sandbox import samples
from sandbox.demo.cast import NORTHWIND, SHEENA, Driver, Enquiry, Outbound
from sandbox.samples import Json
from webhooks.outcomes import Reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """One item of a delivery, and what must become of it."""

    says: str  # for the reader
    content: Json
    reason: Reason
    enquiry: Enquiry | None = None  # whose chat it must be applied to
    document_id: str = ""  # the chat message that it must change


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """One delivery, of Sheena and Northwind unless it says otherwise.

    Its items count from 0, messages before statuses, as the ledger counts them.
    """

    at: int  # seconds after the story's beginning
    says: str
    messages: tuple[Expected, ...] = ()
    statuses: tuple[Expected, ...] = ()
    changes: tuple[Expected, ...] = ()  # of other fields than messages
    people: tuple[Driver, ...] = (SHEENA,)
    lease_number: str = NORTHWIND
    forged: bool = False  # signed with another secret
    again: bool = False  # the very bytes of an earlier post: nothing new
    waits: bool = False  # the story goes on before it is settled

    @property
    def answer(self) -> HTTPStatus:
        """How it must be answered."""
        return HTTPStatus.UNAUTHORIZED if self.forged else HTTPStatus.OK

    @property
    def items(self) -> tuple[Expected, ...]:
        """All of them, in the ledger's order; none where the ledger makes no events."""
        return () if self.forged or self.again else self.messages + self.statuses + self.changes

    @property
    def body(self) -> bytes:
        """The bytes that Meta posts."""
        change = samples.change(
            messages=[item.content for item in self.messages],
            statuses=[item.content for item in self.statuses],
            contacts=[contact(driver) for driver in self.people],
            lease_number=self.lease_number,
        )
        changes = [change] if self.messages or self.statuses else []
        others = [item.content for item in self.changes]
        return samples.encode(samples.envelope(samples.entry(*changes, *others)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Store:
    """The sender stores a message that was sent a while ago."""

    at: int
    says: str
    message: Outbound
    written_at: datetime  # the times in its document count from here


Scene = Post | Store


def contact(driver: Driver) -> Json:
    """How Meta names a driver beside their messages."""
    number = driver.number if driver.shows_number else ""
    return samples.contact(number=number, user_id=driver.user_id, name=driver.name)


def text(
    driver: Driver, *, serial: int, at: int, words: str, quotes: Outbound | None = None
) -> Json:
    """The driver writes, or replies to a message."""
    return samples.text(
        message_id=inbound_id(driver, serial),
        number=driver.number if driver.shows_number else "",
        user_id=driver.user_id,
        timestamp=at,
        body=words,
        reply_to=quotes.message_id if quotes else "",
    )


def reaction(driver: Driver, *, serial: int, at: int, target: Outbound, emoji: str | None) -> Json:
    """The driver reacts to a message, or takes their reaction away."""
    return samples.reaction(
        message_id=inbound_id(driver, serial),
        number=driver.number if driver.shows_number else "",
        user_id=driver.user_id,
        timestamp=at,
        target_id=target.message_id,
        emoji=emoji,
    )


def photo(driver: Driver, *, serial: int, at: int) -> Json:
    """The driver sends a photo."""
    return samples.image(
        message_id=inbound_id(driver, serial),
        number=driver.number,
        user_id=driver.user_id,
        timestamp=at,
        caption="Here is the dent.",
    )


def poll(driver: Driver, *, serial: int, at: int) -> Json:
    """The driver sends a poll, which WhatsApp does not hand over."""
    return samples.unsupported(
        message_id=inbound_id(driver, serial),
        number=driver.number,
        user_id=driver.user_id,
        timestamp=at,
    )


def status(message: Outbound, word: str, *, at: int) -> Json:
    """Meta tells how far a message got."""
    driver = message.enquiry.driver
    return samples.status(
        message_id=message.message_id,
        word=word,
        number=driver.number,
        user_id=driver.user_id,
        timestamp=at,
        errors=[samples.FAILURE] if word == "failed" else [],
    )


def inbound_id(driver: Driver, serial: int) -> str:
    """Meta's id of the driver's message or reaction of this number."""
    return samples.wamid(driver.number, serial)
