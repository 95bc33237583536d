"""Tracking records: which chats a driver may be writing to, in the contract's order."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from webhooks.whatsapp.items import Person
from webhooks.whatsapp.numbers import spellings

LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class ChatKey:
    """Where a chat lives: one enquiry of one lease company."""

    lease_id: str
    enquiry_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackingRecord:
    """Joins a lease company's WhatsApp number and a driver to a chat (contract: Firestore)."""

    document_id: str
    lease_number: str  # digits only
    chat: ChatKey
    driver_number: str  # digits only; empty if the record has none
    driver_user_id: str  # empty if the record has none
    lacks_user_id: bool  # nothing at all is in its place, so that we may add it
    active: bool
    updated_at: datetime | None
    created_at: datetime | None
    version: object  # the document's update time, as the store gave it

    @property
    def person(self) -> str:
        """The driver's name in reactions, however Meta names them in the event."""
        return self.driver_number or self.driver_user_id

    def is_about(self, person: Person) -> bool:
        """Whether this is the person's record: by number, or by user id where that is withheld."""
        if person.number:
            return self.driver_number in spellings(person.number)
        return bool(person.user_id) and self.driver_user_id == person.user_id


def candidates(
    records: Iterable[TrackingRecord], *, lease_number: str, person: Person
) -> tuple[TrackingRecord, ...]:
    """Returns the person's records for this lease number; the first is the best.

    Active first, then the newest `updatedAt`, then the newest `createdAt`, then the lowest id.
    A record without a time counts as the oldest.
    """
    own = [
        record
        for record in records
        if record.lease_number == lease_number and record.is_about(person)
    ]
    own.sort(key=lambda record: record.document_id)
    own.sort(key=_recency, reverse=True)
    return tuple(own)


def _recency(record: TrackingRecord) -> tuple[bool, datetime, datetime]:
    return (record.active, record.updated_at or LONG_AGO, record.created_at or LONG_AGO)
