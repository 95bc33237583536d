"""Tracking records: which chats a driver may be writing to, in the contract's order."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from webhooks.whatsapp.items import Item, Person
from webhooks.whatsapp.numbers import is_same_number, spellings

LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
NOT_YET = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Naming:
    """Whom an item names, at which lease number, and when: what Meta says later does not count."""

    lease_number: str
    person: Person
    at: datetime  # Meta's time; NOT_YET: as of now

    @classmethod
    def of(cls, item: Item) -> Self:
        """What names an item's person."""
        at = item.occurred_at or NOT_YET
        return cls(lease_number=item.lease_number, person=item.person, at=at)


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class ChatKey:
    """Where a chat lives: one enquiry of one lease company."""

    lease_id: str
    enquiry_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackingRecord:
    """Joins a lease company's WhatsApp number and a driver to a chat (contract: Firestore)."""

    document_id: str
    lease_number: str  # digits only, as its collection is named
    chat: ChatKey
    driver_number: str  # digits only; empty if the record has none
    driver_user_id: str  # empty if the record has none
    lacks_user_id: bool  # nothing at all is in its place, so that we may add it
    active: bool
    updated_at: datetime | None
    created_at: datetime | None
    version: int  # the document's update time, in nanoseconds

    @property
    def person(self) -> str:
        """The driver's name in reactions, however Meta names them in the event."""
        return self.driver_number or self.driver_user_id

    @property
    def names(self) -> frozenset[str]:
        """All that names the driver as far as this record tells: each spelling, and the user id."""
        return frozenset((*spellings(self.driver_number), self.driver_user_id)) - {""}


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidates:
    """The tracking records of a lease number and a person; the best comes first."""

    records: tuple[TrackingRecord, ...] = ()
    # They hold the user id of the person, and a number that has been somebody else's since.
    given_away: tuple[TrackingRecord, ...] = ()

    @property
    def active(self) -> tuple[TrackingRecord, ...]:
        """Those of enquiries that are open."""
        return tuple(record for record in self.records if record.active)


class Records:
    """Tracking records by the names that they hold, so that nobody has to look at each of them."""

    def __init__(self, records: Iterable[TrackingRecord] = ()) -> None:
        self._records = tuple(records)
        # By lease number and number, or user id, as the records have them: places of records.
        self._by_number: dict[tuple[str, str], list[int]] = {}
        self._by_user_id: dict[tuple[str, str], list[int]] = {}
        for place, each in enumerate(self._records):
            self._by_number.setdefault((each.lease_number, each.driver_number), []).append(place)
            self._by_user_id.setdefault((each.lease_number, each.driver_user_id), []).append(place)

    def about(self, lease_number: str, person: Person) -> list[TrackingRecord]:
        """All that can be `candidates`, in the order in which they came.

        They have the person's number, however it is spelled, or the user id; where Meta withholds
        the number, or one that stands beside the user id.
        """
        here = spellings(lease_number)
        places = set(self._with_user_id(here, person.user_id))
        numbers = {person.number} if person.number else self._numbers(places)
        places.update(self._with_numbers(here, numbers))
        return [self._records[place] for place in sorted(places)]

    def numbers_beside(self, lease_number: str, user_id: str) -> frozenset[str]:
        """The numbers of the lease number's records that have the user id."""
        return self._numbers(self._with_user_id(spellings(lease_number), user_id))

    def _numbers(self, places: Iterable[int]) -> frozenset[str]:
        return frozenset(self._records[place].driver_number for place in places) - {""}

    def _with_numbers(self, here: Sequence[str], numbers: Iterable[str]) -> Iterator[int]:
        every = [form for number in numbers for form in spellings(number)]
        for lease_number in here:
            for number in every:
                yield from self._by_number.get((lease_number, number), ())

    def _with_user_id(self, here: Sequence[str], user_id: str) -> Iterator[int]:
        for lease_number in here if user_id else ():
            yield from self._by_user_id.get((lease_number, user_id), ())


def candidates(
    records: Iterable[TrackingRecord],
    *,
    lease_number: str,
    person: Person,
    newest_number: str = "",
) -> Candidates:
    """Returns the person's records for this lease number, however both are spelled.

    `newest_number` is the one that Meta had named last beside the user id, where it names none: a
    record of another number is not found by the id then (contract: One number, one person).

    Active first, then the newest `updatedAt`, then the newest `createdAt`, then the lowest id,
    then the lowest collection. A record without a time counts as the oldest.
    """
    here = spellings(lease_number)
    of_lease = [record for record in records if record.lease_number in here]
    given_away: list[TrackingRecord] = []
    if person.number:
        own = _named(of_lease, person)
    else:
        named = [each for each in of_lease if person.user_id and _has_user_id(each, person)]
        given_away = [each for each in named if not _may_have(each, newest_number)]
        own = _withheld(of_lease, [each for each in named if _may_have(each, newest_number)])
    own.sort(key=lambda record: (record.document_id, record.lease_number))
    own.sort(key=_recency, reverse=True)
    return Candidates(records=tuple(own), given_away=tuple(given_away))


def _named(records: Iterable[TrackingRecord], person: Person) -> list[TrackingRecord]:
    numbers = spellings(person.number)
    return [
        record
        for record in records
        if record.driver_number in numbers
        or (person.user_id and not record.driver_number and _has_user_id(record, person))
    ]


def _withheld(
    records: Iterable[TrackingRecord], found: Collection[TrackingRecord]
) -> list[TrackingRecord]:
    """What was found by the user id, and the records with a number that is beside it there."""
    numbers = {each for record in found for each in spellings(record.driver_number)} - {""}
    known = {(record.lease_number, record.document_id) for record in found}
    return [
        *found,
        *(
            record
            for record in records
            if record.driver_number in numbers
            and (record.lease_number, record.document_id) not in known
        ),
    ]


def _has_user_id(record: TrackingRecord, person: Person) -> bool:
    return record.driver_user_id == person.user_id


def _may_have(record: TrackingRecord, number: str) -> bool:
    """Whether its number is this one, or one of the two is not known."""
    return not (number and record.driver_number) or is_same_number(record.driver_number, number)


def _recency(record: TrackingRecord) -> tuple[bool, datetime, datetime]:
    return (record.active, record.updated_at or LONG_AGO, record.created_at or LONG_AGO)
