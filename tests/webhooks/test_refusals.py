"""Counting refused requests."""

import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.webhooks.databases import read_only
from webhooks.models import RefusalCount
from webhooks.refusals import RefusalCounter

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 1, 10, 14, tzinfo=UTC)


@dataclass
class Clock:
    """Stands still until it is moved."""

    seconds: float = 100.0

    def __call__(self) -> float:
        """Returns the time."""
        return self.seconds


def counted() -> list[tuple[date, str, int]]:
    """Returns what the ledger says."""
    return list(RefusalCount.objects.order_by("day", "cause").values_list("day", "cause", "count"))


def test_the_first_refusal_is_written_at_once() -> None:
    RefusalCounter(clock=Clock()).add("mismatch", now=NOW)

    assert counted() == [(NOW.date(), "mismatch", 1)]


def test_the_first_of_a_day_asks_nothing_before_it_writes() -> None:
    """Of several processes that ask first, one would fail to write what the others have written."""
    for count in (1, 2):
        with CaptureQueriesContext(connection) as queries:
            RefusalCounter(clock=Clock()).add("mismatch", now=NOW)
        statements = [each["sql"] for each in queries if "SAVEPOINT" not in each["sql"]]
        assert [words.split()[0] for words in statements] == ["INSERT"]
        assert counted() == [(NOW.date(), "mismatch", count)]


def test_a_flood_is_written_once_a_second() -> None:
    clock = Clock()
    counter = RefusalCounter(clock=clock)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        for _ in range(1000):
            counter.add("mismatch", now=NOW)
            counter.add("missing", now=NOW)
    assert len([query for query in queries if query["sql"].startswith(("INSERT", "UPDATE"))]) == 1
    clock.seconds += 1.0
    counter.flush_if_due()

    assert counted() == [(NOW.date(), "mismatch", 1000), (NOW.date(), "missing", 1000)]


def test_nothing_is_written_where_nothing_is_pending() -> None:
    clock = Clock()
    counter = RefusalCounter(clock=clock)
    counter.add("mismatch", now=NOW)
    clock.seconds += 5.0

    with CaptureQueriesContext(connection) as queries:
        counter.flush_if_due()

    assert len(queries) == 0


def test_processes_add_up() -> None:
    for _ in range(3):
        RefusalCounter(clock=Clock()).add("missing", now=NOW)

    assert counted() == [(NOW.date(), "missing", 3)]


def test_each_day_of_utc_has_its_own_row() -> None:
    clock = Clock()
    counter = RefusalCounter(clock=clock)
    east = timezone(timedelta(hours=9))

    counter.add("missing", now=datetime(2026, 6, 2, 8, 59, tzinfo=east))
    clock.seconds += 1.0
    counter.add("missing", now=datetime(2026, 6, 2, 9, 0, tzinfo=east))

    assert counted() == [(date(2026, 6, 1), "missing", 1), (date(2026, 6, 2), "missing", 1)]


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_written_is_kept_for_later(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    counter = RefusalCounter(clock=clock)

    with read_only():
        counter.add("missing", now=NOW)
    assert counted() == []
    clock.seconds += 1.0
    counter.add("missing", now=NOW)

    assert counted() == [(NOW.date(), "missing", 2)]
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, "Refused requests could not be counted.")
    ]
