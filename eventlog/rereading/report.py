"""What was read again so far, and what differs."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from eventlog.rereading.differences import Difference, Reread
from visn_whatsapp.findings import Finding

NAMED_AT_MOST = 20  # items of each difference


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a difference was found."""

    delivery: UUID
    position: int | None  # None: it is of the whole delivery

    def __str__(self) -> str:
        item = "" if self.position is None else f", item {self.position}"
        return f"delivery {self.delivery}{item}"


@dataclass(kw_only=True, slots=True)
class Places:
    """How often there was a difference, and where first."""

    count: int = 0
    first: list[Place] = field(default_factory=list)


@dataclass(kw_only=True, slots=True)
class Report:
    """Counts of deliveries, unless they say otherwise. It grows while they are read."""

    due: int = 0  # in the window, as counted apart from reading them
    compared: int = 0
    emptied: int = 0  # whose bytes are gone
    erased: int = 0  # items that stand blank, since a person was erased
    repeats: int = 0  # of bytes that another one has
    items: int = 0  # that were read
    differing: int = 0
    up_to: datetime | None = None  # when the last of them was received: from there it can go on
    differences: dict[Difference, Places] = field(default_factory=dict)

    @property
    def seen(self) -> int:
        """All that have been looked at."""
        return self.compared + self.emptied + self.repeats

    @property
    def finding(self) -> Finding:
        """What it came to. Where nothing was compared, nothing is well."""
        if self.seen < self.due or not self.compared:
            return Finding.CANNOT_TELL
        return Finding.WRONG if self.differences else Finding.WELL

    def add(self, delivery: UUID, reread: Reread) -> None:
        """Notes a delivery that was compared."""
        self.compared += 1
        self.items += reread.items
        self.erased += reread.erased
        self.differing += bool(reread.differences)
        self._note(delivery, reread.differences)

    def _note(self, delivery: UUID, differences: Iterable[tuple[int | None, Difference]]) -> None:
        for position, difference in differences:
            places = self.differences.setdefault(difference, Places())
            places.count += 1
            if len(places.first) < NAMED_AT_MOST:
                places.first.append(Place(delivery=delivery, position=position))
