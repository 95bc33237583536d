"""The database is full, locked or gone: nothing that was promised is lost, nothing is doubled."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from random import Random

import pytest
from django.db import DatabaseError, connection

from listeners.firestore.documents import StoredMessage
from listeners.firestore.queries import Lookup
from listeners.firestore.writes import Write
from listeners.tracking import TrackingRecord
from tests.convergence.accounts import check_every_item, check_fates
from tests.convergence.course import Course, course
from tests.convergence.model import documents
from tests.convergence.streams import Batch, Stream
from tests.convergence.troubles import ShakyStore
from tests.faults.scene import scene, text
from tests.webhooks.databases import execute, out_of_reach, read_only
from visn_whatsapp.budget import Budget
from webhooks.ledger import LedgerUnavailable
from webhooks.models import Delivery

Outage = Callable[[], AbstractContextManager[None]]

MOST_DELIVERIES = 200  # that still fit into the pages that there are


@contextmanager
def disk_full() -> Iterator[None]:
    """The file cannot grow any more."""
    ((limit,),) = execute("PRAGMA max_page_count")
    ((pages,),) = execute("PRAGMA page_count")
    execute(f"PRAGMA max_page_count = {pages}")
    try:
        yield
    finally:
        execute(f"PRAGMA max_page_count = {limit}")


class FailingStore(ShakyStore):
    """A store during whose next call the database begins to fail."""

    outage: Outage
    during: str
    ending: ExitStack

    def load(
        self,
        *,
        lookups: Collection[Lookup],
        message_ids: Collection[str],
        budget: Budget | None = None,
    ) -> tuple[list[TrackingRecord], list[StoredMessage]]:
        """Loads."""
        loaded = super().load(lookups=lookups, message_ids=message_ids, budget=budget)
        self._begin("load")
        return loaded

    def commit(self, writes: Sequence[Write]) -> None:
        """Commits."""
        super().commit(writes)
        self._begin("commit")

    def _begin(self, call: str) -> None:
        if call == self.during:
            self.during = ""
            self.ending.enter_context(self.outage())


@pytest.fixture
def stream() -> Stream:
    """A scene's."""
    return scene().stream


@pytest.fixture
def running(
    stream: Stream, firestore: str, monkeypatch: pytest.MonkeyPatch, transactional_db: None
) -> Iterator[Course]:
    """The flow in this process, without other troubles."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore)
    order = Random(1)  # noqa: S311 - repeatable, not secret
    prompt = [outbound.wamid for outbound in stream.world.outbound]
    with course(stream.world, order, rate=0.0, losses=False, prompt=prompt) as started:
        yield started


@pytest.mark.parametrize("outage", [disk_full, read_only, out_of_reach])
def test_while_deliveries_come(outage: Outage, running: Course, stream: Stream) -> None:
    """Each is stored whole or not at all, and Meta, who is told so, comes again."""
    _leave_out_without_sqlite(outage)
    stored: list[Batch] = []
    with outage(), pytest.raises(LedgerUnavailable):
        fill(running, stream, stored)
    assert Delivery.objects.count() == len(stored)
    for delivery in Delivery.objects.all():
        assert delivery.events.count() == delivery.item_count
    batches = (*stored, large(stream, len(stored)), *stream.deliveries)
    for batch in batches:
        running.deliver(batch)
    items = tuple({repr(item): item for batch in batches for item in batch}.values())
    check(running, Stream(world=stream.world, items=items, deliveries=batches))


@pytest.mark.parametrize("during", ["load", "commit"])
@pytest.mark.parametrize("outage", [disk_full, read_only, out_of_reach])
def test_while_a_task_is_handled(
    outage: Outage, during: str, running: Course, stream: Stream
) -> None:
    """Before the placements, or after the commit: the task comes again, and nothing is doubled."""
    _leave_out_without_sqlite(outage)
    running.store = store = failing(running)
    for batch in stream.deliveries:
        running.deliver(batch)
    with ExitStack() as ending:
        store.outage, store.during, store.ending = outage, during, ending
        if outage is disk_full:
            running.run_any()  # what is updated in place needs no room
        else:
            with pytest.raises(DatabaseError):
                running.run_any()
    assert store.during == ""
    store.during = "never"
    check(running, stream)


def fill(running: Course, stream: Stream, stored: list[Batch]) -> None:
    """Delivers until the database refuses, and notes what it has taken."""
    for serial in range(MOST_DELIVERIES):
        running.deliver(large(stream, serial))
        stored.append(large(stream, serial))


def failing(running: Course) -> FailingStore:
    """A failing store in the place of the course's."""
    store = FailingStore(main=running.main, ancillary=running.ancillary)
    store.fortune = running.troubles
    return store


def check(running: Course, stream: Stream) -> None:
    """Compares documents and ledger with the model."""
    running.finish()
    assert running.documents() == documents(stream.world, stream.items)
    check_every_item(stream)
    check_fates(stream)


def large(stream: Stream, serial: int) -> Batch:
    """A delivery of some size, of somebody without a tracking record."""
    stranger = next(item for item in stream.items if item.driver.name == "Zoe")
    return tuple(
        text(f"{serial}.{place}." + "x" * 900, stranger.driver, second=0) for place in range(20)
    )


def _leave_out_without_sqlite(outage: Outage) -> None:
    if outage is disk_full and connection.vendor != "sqlite":
        pytest.skip("only SQLite can be told that there is no room")
