"""Means that only look: what a pass would write is kept in memory, and read from there again."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from listeners.firestore.documents import StoredMessage, enquiry_path, message_path
from listeners.firestore.errors import Exists, Missing, Refused, TooLarge
from listeners.firestore.queries import Lookup
from listeners.firestore.store import Store
from listeners.models import Placement
from listeners.placements import (
    Choice,
    all_placed,
    decided,
    key_of,
    new_placements,
    stored_placements,
)
from listeners.saving import Decided, prepare
from listeners.tracking import ChatKey, TrackingRecord
from listeners.workspace import Placed, Unit
from visn_whatsapp.budget import Budget
from webhooks.models import Event
from webhooks.outcomes import Reason
from webhooks.whatsapp.numbers import spellings

NEVER_WRITTEN = 0  # the version of what there is in memory only


class Imagined:
    """Documents and placements as they are, and over them what would have been written."""

    def __init__(self, *, store: Store, budget: Budget, opened: Collection[int] = ()) -> None:
        """The budget is for all that Firestore is asked; `opened` are events imagined as open."""
        self._store = store
        self._budget = budget
        self._opened = opened
        self._messages: dict[tuple[ChatKey, str], StoredMessage] = {}
        self._placements: dict[tuple[str, str], Placement] = {}  # never saved
        self._records: dict[tuple[str, str], TrackingRecord] = {}  # that have learned a user id

    def load(
        self, *, lookups: Collection[Lookup], message_ids: Collection[str]
    ) -> tuple[list[TrackingRecord], list[StoredMessage]]:
        """Asks Firestore, and puts what is imagined in place of what it says."""
        records, stored = self._store.load(
            lookups=lookups, message_ids=message_ids, budget=self._budget
        )
        of_people = {_key(each): each for each in records}
        of_people |= {
            key: each
            for key, each in self._records.items()
            if key in of_people or any(_is_found(each, lookup) for lookup in lookups)
        }
        found = {(each.chat, each.message.document_id): each for each in stored}
        found |= {
            key: each
            for key, each in self._messages.items()
            if key in found or each.message.message_id in message_ids
        }
        return [*of_people.values()], [*found.values()]

    def place(
        self, choices: Mapping[int, Choice], *, sought: Collection[int]
    ) -> dict[int, Placed | Reason]:
        """The chat that each text has had already, otherwise the one chosen now."""
        known = self._known(choices)
        for each in new_placements(choices, sought=sought):
            known.setdefault(key_of(each), each)
        return self._placed(choices, known)

    def decide(
        self,
        choices: Mapping[int, Choice],
        found: Mapping[int, StoredMessage | None],
        *,
        now: datetime,
    ) -> dict[int, Placed | Reason]:
        """Keeps in mind what the search for texts has come to."""
        of_these = {position: choices[position] for position in found}
        known = self._known(of_these)
        for position, message in found.items():
            placement = known[key_of(choices[position][0])]
            if placement.sought and placement.applied_at is None:
                for column, value in decided(message, now=now).items():
                    setattr(placement, column, value)
        return self._placed(of_these, known)

    def save(self, units: Sequence[Unit]) -> Iterator[Decided]:
        """Says of each whether Firestore would take it, as far as anybody can tell before it does.

        Raises `Unavailable`.
        """
        there = self._there([unit for unit in units if unit.before is None])
        for unit in units:
            refused = self._refusal(unit, there)
            if refused is None:
                self._keep(unit)
            yield unit, refused

    def learn_user_id(self, records: Sequence[TrackingRecord], user_id: str) -> None:
        """Lets the user id be in these records from now on."""
        for each in records:
            learned = replace(each, driver_user_id=user_id, lacks_user_id=False)
            self._records[_key(each)] = learned

    def _known(self, choices: Mapping[int, Choice]) -> dict[tuple[str, str], Placement]:
        """The placements of these texts, and all that were imagined."""
        keys = {key_of(text): text.message_id for text, *_ in choices.values()}
        missing = {message_id for key, message_id in keys.items() if key not in self._placements}
        if missing:
            self._placements = stored_placements(missing) | self._placements
        return self._placements

    def _placed(
        self, choices: Mapping[int, Choice], known: Mapping[tuple[str, str], Placement]
    ) -> dict[int, Placed | Reason]:
        return all_placed(choices, known, takes_over=self._takes_over)

    def _takes_over(self, placement: Placement, row: Event) -> bool:
        """Whether it is the event's from then on, in memory; not that of one that is open."""
        if placement.event_id in self._opened:
            return False
        placement.event = row
        return True

    def _there(self, created: Sequence[Unit]) -> frozenset[str]:
        paths = {enquiry_path(unit.chat) for unit in created}
        paths |= {message_path(unit.chat, unit.after.document_id) for unit in created}
        return self._store.existing(paths, budget=self._budget)

    def _refusal(self, unit: Unit, there: Collection[str]) -> Refused | None:
        if prepare(unit).is_hopeless:
            return TooLarge()
        if unit.before is not None:
            return None
        key = (unit.chat, unit.after.document_id)
        if key in self._messages or message_path(*key) in there:
            return Exists()
        return None if enquiry_path(unit.chat) in there else Missing()

    def _keep(self, unit: Unit) -> None:
        message = replace(unit.after, written=None)
        if unit.before is not None:
            stored = replace(unit.before, message=message)
        else:
            written = unit.after.written
            stored = StoredMessage(
                chat=unit.chat,
                message=message,
                version=NEVER_WRITTEN,
                lease_number=written.lease_number if written is not None else "",
            )
        self._messages[unit.chat, message.document_id] = stored


def _key(record: TrackingRecord) -> tuple[str, str]:
    return record.lease_number, record.document_id


def _is_found(record: TrackingRecord, lookup: Lookup) -> bool:
    """Whether Firestore would find it by the user id that it has learned."""
    here = record.lease_number in spellings(lookup.lease_number)
    return here and record.driver_user_id == lookup.person.user_id
