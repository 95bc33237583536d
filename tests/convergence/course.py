"""The real flow from a delivery to its documents, step by step in an order that chance chooses."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import uuid4

from django.db.models import Min
from google.cloud.firestore import Client

from listeners.models import Placement, TaskRun
from listeners.runs import Attempt
from listeners.services import Handled, handle
from tests.convergence.model import Documents
from tests.convergence.payloads import payload
from tests.convergence.stored import read_documents, store_ids, store_world
from tests.convergence.streams import Batch
from tests.convergence.troubles import (
    Fortune,
    Forwarder,
    Held,
    HoldingQueue,
    Killed,
    ShakyStore,
)
from tests.convergence.world import Outbound, World
from webhooks.alias import Alias
from webhooks.models import Delivery, Event, SweeperTask
from webhooks.outcomes import OPEN
from webhooks.receiving import accept
from webhooks.sweeper import sweep

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
SWEEP = timedelta(minutes=1)
MOST_ROUNDS = 500
STORED_IN_TIME = 0.7  # chance that the sender was quicker than Meta


@dataclass(kw_only=True)
class Course:
    """One Firestore, one ledger, one queue and one clock, with troubles between them."""

    world: World
    main: Client
    ancillary: Client
    store: ShakyStore
    queue: HoldingQueue
    troubles: Fortune  # of Firestore, and of the process while it handles a task
    losses: Fortune  # of the queue, which only the sweeper makes good
    random: Random
    now: datetime = START
    late: list[Outbound] = field(default_factory=list)  # sent, but their ids are not stored yet

    def store_ids(self) -> None:
        """Lets the sender store the message ids that are due."""
        store_ids(self.late, main=self.main)
        self.late.clear()

    def deliver(self, batch: Batch) -> None:
        """Posts a delivery, again and again as Meta does until it is answered."""
        body = payload(batch)
        while True:
            with suppress(Killed):
                accept(body=body, headers={}, now=self.now, forwarder=Forwarder(queue=self.queue))
                return

    def run_any(self) -> None:
        """Lets the queue send one of the tasks that are due."""
        due = [held for held in self.queue.held if held.at is None or held.at <= self.now]
        if due:
            self._run(self.random.choice(due))

    def _run(self, held: Held) -> None:
        with suppress(Killed):
            result = handle(
                held.task,
                attempt=Attempt(),
                store=self.store,
                queue=self.queue,
                clock=self._clock,
            )
            delivered_again = self.random.random() < 2 * self.troubles.rate
            if result is Handled.DONE and not delivered_again:
                self.queue.held.remove(held)

    def _clock(self) -> datetime:
        self.troubles.strike()
        return self.now

    def pass_time(self, seconds: float) -> None:
        """Lets up to so much time go by."""
        self.now += timedelta(seconds=seconds * self.random.random())

    def sweep(self) -> None:
        """Runs the sweeper."""
        with suppress(Killed):
            sweep(queue=self.queue, clock=lambda: self.now, limit=1000)

    def finish(self) -> None:
        """Ends all troubles and lets time pass until nothing is open."""
        self.troubles.rate = self.losses.rate = 0.0
        self.store_ids()
        for _ in range(MOST_ROUNDS):
            if self._next_task() <= self.now:
                self.run_any()
                continue
            open_events = Event.objects.filter(state__in=OPEN)
            soonest = open_events.aggregate(soonest=Min("check_at"))["soonest"]
            if soonest is None and not Alias.objects.filter(looked_back_at=None).exists():
                return
            soonest = soonest or self.now
            self.now = min(self._next_task(), max(self.now, soonest) + SWEEP)
            self.sweep()
        raise AssertionError("events stay open")

    def _next_task(self) -> datetime:
        never = self.now + timedelta(days=1)
        return min((held.at or START for held in self.queue.held), default=never)

    def documents(self) -> Documents:
        """What the chats hold now."""
        return read_documents(self.main)


@contextmanager
def course(
    world: World,
    random: Random,
    *,
    rate: float,
    losses: bool,
    prompt: Collection[str] = (),
    store: type[ShakyStore] = ShakyStore,
) -> Iterator[Course]:
    """A course in which all that the world holds is stored. `rate` is how often trouble comes.

    Without `losses` nothing is left to the sweeper, so that everything happens within seconds.
    `prompt` are Meta's ids that the sender has stored before anything comes.
    """
    Placement.objects.all().delete()
    TaskRun.objects.all().delete()
    SweeperTask.objects.all().delete()
    Event.objects.all().delete()
    Alias.objects.all().delete()
    Delivery.objects.exclude(repeat_of=None).delete()
    Delivery.objects.all().delete()
    name = f"course-{uuid4().hex[:12]}"
    main, ancillary = Client(project=name), Client(project=name, database="ancillary")
    troubles = Fortune(random=random, rate=rate)
    lost = Fortune(random=random, rate=rate if losses else 0.0)
    shaky = store(main=main, ancillary=ancillary)
    shaky.fortune = troubles
    queue = HoldingQueue(
        emulator_host="", path="", url="", account="", audience="", budget_seconds=1, fortune=lost
    )
    running = Course(
        world=world,
        main=main,
        ancillary=ancillary,
        store=shaky,
        queue=queue,
        troubles=troubles,
        losses=lost,
        random=random,
    )
    running.late += [
        outbound
        for outbound in world.outbound
        if outbound.wamid not in prompt and random.random() >= STORED_IN_TIME
    ]
    store_world(world, main=main, ancillary=ancillary, late=running.late)
    try:
        yield running
    finally:
        shaky.close()
