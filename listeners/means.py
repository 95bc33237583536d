"""What applying reads and writes by: Firestore and the ledger, or what only looks at them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from listeners import placements
from listeners.firestore.documents import StoredMessage
from listeners.firestore.queries import Lookup
from listeners.firestore.store import Reads, Store
from listeners.placements import Choice
from listeners.saving import Decided, save
from listeners.tracking import TrackingRecord
from listeners.workspace import Placed, Unit
from webhooks.outcomes import Reason


class Means(Reads, Protocol):
    """All that a pass does to the world outside its workspace."""

    def place(
        self, choices: Mapping[int, Choice], *, sought: Collection[int]
    ) -> dict[int, Placed | Reason]:
        """Gives each text its chat: the one it has had already, otherwise the one chosen now."""

    def decide(
        self,
        choices: Mapping[int, Choice],
        found: Mapping[int, StoredMessage | None],
        *,
        now: datetime,
    ) -> dict[int, Placed | Reason]:
        """Notes what the search for texts has come to."""

    def save(self, units: Sequence[Unit]) -> Iterator[Decided]:
        """Writes units, and yields each as soon as it is written or refused."""


@dataclass(frozen=True, slots=True)
class Really:
    """What runs go by: the documents and the placements themselves."""

    store: Store

    place = staticmethod(placements.place)
    decide = staticmethod(placements.decide)

    def load(
        self, *, lookups: Collection[Lookup], message_ids: Collection[str]
    ) -> tuple[list[TrackingRecord], list[StoredMessage]]:
        """Asks Firestore. Raises `Unavailable`."""
        return self.store.load(lookups=lookups, message_ids=message_ids)

    def save(self, units: Sequence[Unit]) -> Iterator[Decided]:
        """Commits them. Raises `Unavailable`."""
        return save(units, store=self.store)
