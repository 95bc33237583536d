"""Retention reads what it deletes, also where PostgreSQL has not looked since it came.

It runs every night, for years: neither what is kept nor what it has emptied before may cost it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection

from eventlog.retention import Pruned, prune
from tests.platform import LEASE, START
from tests.scale.test_backlog import DELIVER, EVENTS, ITEMS, learn
from tests.webhooks.databases import execute
from tests.work import counted

KEPT, OLD = 2000, 2  # deliveries
LONG_AGO = START - timedelta(days=60)
BEFORE = START - timedelta(days=30)
# Of each row that goes: found, locked, looked at for what refers to it, deleted.
ROWS_AT_MOST = OLD * (ITEMS + 1) * 10

TEXTS = EVENTS.replace("'{state}', '{reason}'", "'processed', 'applied'").replace(
    "d.id, p,", "d.id, p - 1,"
)
PLACEMENTS = """
    INSERT INTO listeners_placement
        (lease_number, message_id, lease_id, enquiry_id, document_id, event_id, applied_at,
         sought, recreated)
    SELECT lease_number, message_id, 'l', 'e', '', id, received_at, false, false
    FROM webhooks_event
    WHERE message_id LIKE '%{mark}%'
"""
RUNS = """
    INSERT INTO listeners_taskrun
        (delivery_id, task_name, retry_count, started_at, finished_at, result, error, outcomes)
    SELECT id, '', 0, received_at, received_at, 'done', '', '{{}}' FROM webhooks_delivery
    WHERE digest LIKE '{mark}%'
"""
REPEATS = """
    INSERT INTO webhooks_delivery
        (id, received_at, source, digest, body, size, headers, verdict, item_count, repeat_of_id)
    SELECT gen_random_uuid(), received_at, 'meta', digest, '', 0, '{{}}', 'readable', 0, id
    FROM webhooks_delivery WHERE digest LIKE '{mark}%'
"""
EMPTIED = "UPDATE webhooks_delivery SET body = NULL WHERE digest LIKE '{mark}%'"


def fill(mark: str, *, at: datetime, deliveries: int, statements: tuple[str, ...]) -> None:
    """Adds deliveries whose digests begin with the mark, and what the statements add to them."""
    words = {
        "at": at,
        "state": mark,
        "mark": mark,
        "deliveries": deliveries,
        "items": ITEMS,
        "kind": "text",
        "number": LEASE,
        "queued": f"'{at}'",
        "settled": f"'{at}'",
        "check": "NULL",
    }
    for statement in (DELIVER, *statements):
        execute(statement.format(**words))


def everything_is_known() -> None:
    """PostgreSQL has looked since."""
    kept()
    old()
    learn()


def all_of_it_was_young() -> None:
    """PostgreSQL looked when there was nothing to delete."""
    kept()
    learn()
    old()


def kept() -> None:
    """What is young, and as many deliveries that were emptied in the nights before."""
    fill("kept", at=START, deliveries=KEPT, statements=(TEXTS, PLACEMENTS, RUNS, REPEATS))
    fill("emptied", at=LONG_AGO, deliveries=KEPT, statements=(EMPTIED,))


def old() -> None:
    """What goes this night."""
    fill("old", at=LONG_AGO, deliveries=OLD, statements=(TEXTS, PLACEMENTS, RUNS, REPEATS))


@pytest.mark.usefixtures("new_tables")
@pytest.mark.parametrize("belief", [everything_is_known, all_of_it_was_young])
def test_a_night_reads_what_it_deletes(belief: Callable[[], None]) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL plans by statistics")
    belief()
    with counted() as work:
        pruned = prune(before=BEFORE)
    assert pruned == Pruned(events=OLD * ITEMS, deliveries=OLD, repeats=OLD)
    assert work.amount < ROWS_AT_MOST
