"""Everything that may go wrong between the rows and the outcomes, at times that chance chooses."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from random import Random
from uuid import UUID

from listeners.firestore.documents import StoredMessage
from listeners.firestore.errors import Unavailable
from listeners.firestore.queries import Lookup
from listeners.firestore.store import Store
from listeners.firestore.writes import Write
from listeners.tracking import TrackingRecord
from visn_whatsapp.budget import Budget
from webhooks import enqueuing
from webhooks.receiving import ForwardingFailed
from webhooks.task_queue import QueueUnavailable, TaskQueue
from webhooks.tasks import Member, Task


class Killed(BaseException):
    """The process ends here: nobody may catch this, and nothing after it happens."""


class Trouble(Enum):
    """What happens to one call."""

    NONE = auto()
    REFUSED = auto()  # not done, and the caller is told
    LOST = auto()  # done, but the caller is told that it was not
    KILLED_BEFORE = auto()
    KILLED_AFTER = auto()


@dataclass(kw_only=True)
class Fortune:
    """Decides about each call. `rate` is the chance of any trouble."""

    random: Random
    rate: float

    def around(self, call: Callable[[], None], *, refusal: Exception) -> None:
        """Makes a call with whatever trouble strikes it."""
        trouble = self._next()
        if trouble is Trouble.KILLED_BEFORE:
            raise Killed
        if trouble is not Trouble.REFUSED:
            call()
        if trouble is Trouble.KILLED_AFTER:
            raise Killed
        if trouble is not Trouble.NONE:
            raise refusal

    def strike(self) -> None:
        """Ends the process, if chance will have it."""
        if self._next() in {Trouble.KILLED_BEFORE, Trouble.KILLED_AFTER}:
            raise Killed

    def _next(self) -> Trouble:
        if not self.rate or self.random.random() >= self.rate:
            return Trouble.NONE
        return self.random.choice(list(Trouble)[1:])


class ShakyStore(Store):
    """A store on a real Firestore whose calls meet trouble."""

    fortune: Fortune

    def load(
        self,
        *,
        lookups: Collection[Lookup],
        message_ids: Collection[str],
        budget: Budget | None = None,
    ) -> tuple[list[TrackingRecord], list[StoredMessage]]:
        """Loads, unless there is trouble."""
        self.fortune.around(lambda: None, refusal=Unavailable())
        return super().load(lookups=lookups, message_ids=message_ids, budget=budget)

    def commit(self, writes: Sequence[Write]) -> None:
        """Commits, as far as there is no trouble."""
        self.fortune.around(lambda: super(ShakyStore, self).commit(writes), refusal=Unavailable())


@dataclass(frozen=True, kw_only=True)
class Held:
    """A task in the queue."""

    task: Task
    at: datetime | None  # None: at once


@dataclass(frozen=True, kw_only=True, eq=False)
class HoldingQueue(TaskQueue):
    """A queue that holds its tasks until a test says which one runs."""

    fortune: Fortune
    held: list[Held] = field(default_factory=list)

    def create(
        self,
        delivery: UUID,
        *,
        digest: str = "",
        events: Sequence[int] = (),
        looks: int = 0,
        at: datetime | None = None,
    ) -> None:
        """Takes a task in, as far as there is no trouble."""
        self._hold([Task(delivery=delivery, digest=digest, events=tuple(events), looks=looks)], at)

    def create_for(self, members: Sequence[Member]) -> None:
        """The same for several deliveries: either all of them are taken in, or none."""
        self._hold([Task(delivery=each.delivery, digest=each.digest) for each in members], None)

    def _hold(self, tasks: Sequence[Task], at: datetime | None) -> None:
        held = [Held(task=task, at=at) for task in tasks]
        self.fortune.around(lambda: self.held.extend(held), refusal=QueueUnavailable())


@dataclass(frozen=True, kw_only=True)
class Forwarder:
    """Forwards within the process to the holding queue, each for itself."""

    queue: HoldingQueue

    def shared(self, body: bytes) -> None:
        """Nobody shares a way."""

    def forward(
        self,
        *,
        delivery: UUID,
        digest: str,
        body: bytes,  # noqa: ARG002
        now: datetime | None = None,
    ) -> None:
        """Enqueues the delivery."""
        self.queue.fortune.strike()
        try:
            enqueuing.enqueue(delivery=delivery, digest=digest, queue=self.queue, now=now)
        except QueueUnavailable as error:
            raise ForwardingFailed from error
