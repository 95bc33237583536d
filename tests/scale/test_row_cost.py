"""What an event costs PostgreSQL: bytes, and indexes that its usual changes touch.

`python -m benchmarks.bytes` measures the same of texts that go the whole way.
"""

from datetime import UTC, datetime

import pytest

from listeners.models import Placement, TaskRun
from sandbox.emulators import Emulators
from sandbox.filling.ledger import made_up
from sandbox.samples import text, wamid
from tests.platform import DRIVER, Platform
from tests.webhooks.databases import execute
from tests.webhooks.test_sequences import on_postgresql
from webhooks import transitions
from webhooks.models import Delivery, Event

pytestmark = [pytest.mark.django_db, on_postgresql]

EVENTS, DELIVERIES = 6000, 1500
TABLES = ("webhooks_delivery", "webhooks_event", "listeners_placement", "listeners_taskrun")
# For each event of a ledger as `fill_ledger` makes it, four in a delivery on average; without the
# payload itself. One more index that every event is in costs at least 34.
ROW_AT_MOST, INDEXES_AT_MOST, IN_ALL_AT_MOST = 385, 425, 917


@pytest.fixture
def firestore_host(stand_ins: Emulators) -> str:
    """Our stand-in alone: Firestore is not what is looked at."""
    return stand_ins.firestore_host


def fill() -> None:
    """Mixed traffic whose outcomes are there as it is written."""
    now = datetime(2026, 3, 30, 12, tzinfo=UTC)
    ledger = list(made_up(deliveries=DELIVERIES, events=EVENTS, days=1, now=now, seed=1))
    Delivery.objects.bulk_create(filled.delivery for filled in ledger)
    Event.objects.bulk_create(event for filled in ledger for event in filled.events)
    Placement.objects.bulk_create(each for filled in ledger for each in filled.placements)
    TaskRun.objects.bulk_create(filled.run for filled in ledger if filled.run)


def size(statement: str) -> float:
    """Bytes for each event."""
    [(found,)] = execute(statement)
    return float(found) / EVENTS


def test_bytes_of_an_event(new_tables: None) -> None:
    fill()
    row = size("SELECT pg_table_size('webhooks_event')")
    indexes = size("SELECT pg_indexes_size('webhooks_event')")
    whole = " + ".join(f"pg_total_relation_size('{table}')" for table in TABLES)
    in_all = size(f"SELECT {whole} - (SELECT sum(length(body)) FROM webhooks_delivery)")  # noqa: S608 (words of ours)
    assert row <= ROW_AT_MOST
    assert indexes <= INDEXES_AT_MOST
    assert in_all <= IN_ALL_AT_MOST


def updates() -> tuple[int, int]:
    """Of events, in this transaction: all, and those that touched no index."""
    [found] = execute(
        "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables "
        "WHERE relname = 'webhooks_event'"
    )
    return int(found[0]), int(found[1])


def test_a_text_is_changed_twice_and_the_first_time_in_no_index(
    platform: Platform, new_tables: None
) -> None:
    platform.track("e1")
    delivery = platform.receive(text(message_id=wamid(DRIVER, 1)))
    assert updates() == (0, 0)
    transitions.queue_deliveries([delivery], now=platform.now)
    assert updates() == (1, 1)
    platform.run(delivery)
    assert updates() == (2, 1)
    assert platform.outcomes(delivery) == [("processed", "applied")]
