"""Every delivery is looked over once, and its departures are counted by path and shape."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import count
from types import MappingProxyType

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from eventlog import marks
from eventlog.drift import counting
from eventlog.drift.counting import LookReport, look_over
from eventlog.models import DriftCount, DriftMark
from sandbox import samples
from tests.rows import NOON
from webhooks.clock import LATE
from webhooks.models import Delivery
from webhooks.receiving import receive

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
LATER = NOON + timedelta(hours=1)
POLL = "entry[].changes[].value.messages[].poll"
_serial = count(1)


def arrives(
    at: datetime = NOON, *, texts: int = 1, keys: Mapping[str, object] = MappingProxyType({})
) -> bytes:
    """Records a delivery of texts that have these keys as well; returns its bytes."""
    messages = [
        samples.text(message_id=samples.wamid("1", next(_serial))) | dict(keys)
        for _ in range(texts)
    ]
    body = samples.encode(samples.envelope(samples.entry(samples.change(messages=messages))))
    receive(body=body, headers={}, source=Delivery.Source.META, now=at)
    return body


def look(now: datetime = LATER, *, until: datetime | None = None) -> LookReport:
    return look_over(clock=lambda: now, until=until or now + MINUTE)


def counts() -> dict[tuple[str, str], int]:
    return {(row.path, row.shape): row.count for row in DriftCount.objects.all()}


def test_what_is_as_documented_is_counted_nowhere() -> None:
    arrives()
    report = look()
    assert (report.deliveries, report.up_to, report.up_to_date) == (1, LATER - LATE, True)
    assert counts() == {}


def test_each_place_counts_with_its_first_and_last_time_and_the_last_delivery() -> None:
    arrives(NOON, keys={"poll": {"id": 1}}, texts=3)
    arrives(NOON + 5 * SECOND, keys={"poll": []})
    look()
    arrives(LATER, keys={"poll": {}})
    last = Delivery.objects.latest("received_at")
    look(LATER + LATE + SECOND)
    assert counts() == {(POLL, "object"): 4, (POLL, "list"): 1}
    row = DriftCount.objects.get(shape="object")
    assert (row.departure, row.first_at, row.last_at) == ("unknown_key", NOON, LATER)
    assert row.delivery_id == last.pk


def test_looking_again_counts_nothing_again() -> None:
    arrives(keys={"poll": {}})
    assert [look().deliveries, look().deliveries, look(LATER + MINUTE).deliveries] == [1, 0, 0]
    assert counts() == {(POLL, "object"): 1}


def test_the_same_bytes_count_once() -> None:
    body = arrives(keys={"poll": {}})
    receive(body=body, headers={}, source=Delivery.Source.META, now=NOON + SECOND)
    assert look().deliveries == 2
    assert counts() == {(POLL, "object"): 1}


def test_what_may_be_joined_by_what_is_committed_late_waits() -> None:
    arrives(NOON, keys={"poll": {}})
    assert look(NOON + LATE).deliveries == 0
    arrives(NOON, keys={"poll": {}})  # committed two minutes after its moment
    assert look(NOON + LATE + SECOND).deliveries == 2
    assert counts() == {(POLL, "object"): 2}


@pytest.mark.parametrize(
    ("limit", "value", "queries_more"),
    [
        ("eventlog.marks.DELIVERIES_AT_A_TIME", 2, True),
        ("eventlog.marks.BYTES_AT_A_TIME", 1, True),
        ("eventlog.drift.counting.ROWS_AT_MOST", 9, False),
    ],
)
def test_parts_leave_nothing_out_whatever_their_size(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int, *, queries_more: bool
) -> None:
    for moment in (0, 0, 0, 0, 0, 1, 1):
        arrives(NOON + moment * SECOND, keys={"poll": {}})
    monkeypatch.setattr(limit, value)
    with CaptureQueriesContext(connection) as queries:
        report = look()
    bodies = [query for query in queries if '"body" IS NOT NULL' in query["sql"]]
    assert (len(bodies) > 1) == queries_more
    assert (report.deliveries, counts()) == (7, {(POLL, "object"): 7})


def test_a_look_that_has_no_more_time_goes_on_the_next_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(marks, "DELIVERIES_AT_A_TIME", 2)
    for moment in range(5):
        arrives(NOON + moment * SECOND, keys={"poll": {}})
    first = look(until=LATER)
    assert (first.deliveries, first.up_to, first.up_to_date) == (2, NOON + SECOND, False)
    assert look().deliveries == 3
    assert counts() == {(POLL, "object"): 5}


def test_a_look_that_breaks_off_has_counted_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    arrives(keys={"poll": {}})
    arrives(keys={"poll": {}})
    look(NOON - MINUTE)  # makes the mark

    def breaks_off(*_: object) -> None:
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(DriftMark, "save", breaks_off)  # when all has been counted
        with pytest.raises(OperationalError):
            look()
    assert counts() == {}
    look()
    assert counts() == {(POLL, "object"): 2}


def test_more_rows_than_there_are_names_become_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "ROWS_AT_MOST", 3)
    arrives(keys=dict.fromkeys("abcdefg", 1))
    look()
    arrives(LATER, keys=dict.fromkeys("abhi", 1))
    look(LATER + LATE + SECOND)
    kept = {path.rpartition(".")[2]: count for (path, _), count in counts().items()}
    assert kept == {"a": 2, "b": 2, "c": 1, "*": 6}
    assert DriftCount.objects.get(path="*").departure == "further"


def test_the_first_look_goes_back_for_a_day() -> None:
    arrives(LATER - timedelta(days=1, seconds=1), keys={"poll": {}})
    arrives(LATER - timedelta(days=1), keys={"poll": {}})
    look()
    assert counts() == {(POLL, "object"): 1}


def test_a_mark_beyond_now_comes_back() -> None:
    DriftMark.objects.create(up_to=LATER + timedelta(days=9))
    assert look().up_to == LATER - LATE
    arrives(LATER, keys={"poll": {}})
    assert look(LATER + LATE + SECOND).deliveries == 1


def test_what_retention_has_emptied_is_passed_over() -> None:
    arrives(keys={"poll": {}})
    Delivery.objects.update(body=None)
    assert (look().deliveries, counts()) == (1, {})


def test_it_is_counted_what_no_database_could_store(db: None) -> None:
    receive(body=b"\x00", headers={}, source=Delivery.Source.META, now=NOON)
    look()
    assert counts() == {("payload", "no JSON"): 1}


def test_a_steady_departure_costs_as_few_queries_as_none() -> None:
    """Each part writes a row for each departure, however often it has it."""
    for moment in range(20):
        arrives(NOON + moment * SECOND)
        arrives(NOON + timedelta(hours=2, seconds=moment), keys={"poll": {}})
    look(NOON - MINUTE)
    with CaptureQueriesContext(connection) as without:
        look()
    with CaptureQueriesContext(connection) as with_departures:
        look(NOON + timedelta(hours=3))
    assert len(with_departures) <= len(without) + 2


@pytest.mark.django_db(transaction=True)
def test_who_look_at_once_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "DELIVERIES_AT_A_TIME", 2)
    for moment in range(20):
        arrives(NOON + moment * SECOND, keys={"poll": {}})

    def looks(_: int) -> int:
        try:
            return look().deliveries
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(looks, range(3))) == 20
    assert counts() == {(POLL, "object"): 20}
