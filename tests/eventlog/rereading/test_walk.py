"""Every delivery of a window is read again once, a part at a time, whatever else lies there."""

from datetime import datetime, timedelta
from itertools import count, pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from eventlog.questions.windows import Window
from eventlog.rereading import walk
from eventlog.rereading.report import Report
from eventlog.rereading.walk import reread
from eventlog.retention import prune
from sandbox import samples
from tests.rows import NOON
from visn_whatsapp.findings import Finding
from webhooks.models import Delivery, Event
from webhooks.receiving import receive

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
_serial = count(1)


def arrives(at: datetime = NOON, *, items: int = 1, body: bytes = b"") -> bytes:
    """Records a delivery of photos; returns its bytes."""
    serials = [next(_serial) for _ in range(items)]
    messages = [samples.image(message_id=samples.wamid("1", each)) for each in serials]
    body = body or samples.encode(
        samples.envelope(samples.entry(samples.change(messages=messages)))
    )
    receive(body=body, headers={}, source=Delivery.Source.META, now=at)
    return body


def read_again(window: Window | None = None) -> Report:
    *_, report = reread(window or Window(start=NOON - MINUTE))
    return report


def test_all_of_the_window_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "KEYS_AT_A_TIME", 4)
    monkeypatch.setattr(walk, "DELIVERIES_AT_A_TIME", 2)
    for minute in (0, 0, 0, 0, 0, 1, 2, 2, 3):
        arrives(NOON + minute * MINUTE)
    arrives(NOON - MINUTE, items=2)
    report = read_again(Window(start=NOON, end=NOON + 3 * MINUTE))
    assert (report.due, report.compared, report.items, report.differing) == (8, 8, 8, 0)
    assert report.up_to == NOON + 2 * MINUTE
    assert report.finding == Finding.WELL


@pytest.mark.parametrize(
    ("limit", "value", "sizes"),
    [
        ("ITEMS_AT_A_TIME", 5, [2, 1, 1]),
        ("DELIVERIES_AT_A_TIME", 3, [3, 1]),
        ("BYTES_AT_A_TIME", 1, [1, 1, 1, 1]),
    ],
)
def test_a_part_is_small(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int, sizes: list[int]
) -> None:
    monkeypatch.setattr(walk, limit, value)
    for minute, items in enumerate((2, 3, 7, 1)):
        arrives(NOON + minute * MINUTE, items=items)
    seen = [report.compared for report in reread(Window(start=NOON))]
    assert [end - before for before, end in pairwise([0, *seen[:-1]])] == sizes


def test_what_cannot_be_compared_is_counted() -> None:
    old = arrives(NOON - timedelta(days=90))
    for body in (old, arrives()):
        arrives(NOON + MINUTE, body=body)
    prune(before=NOON - timedelta(days=60))
    report = read_again(Window(start=NOON - timedelta(days=100)))
    assert (report.due, report.compared, report.emptied, report.repeats) == (4, 1, 1, 2)
    assert report.finding == Finding.WELL


def test_where_nothing_is_compared_nothing_is_well() -> None:
    assert read_again().finding == Finding.CANNOT_TELL
    arrives(NOON - timedelta(days=90))
    prune(before=NOON - timedelta(days=60))
    report = read_again(Window(start=NOON - timedelta(days=100)))
    assert (report.compared, report.emptied) == (0, 1)
    assert report.finding == Finding.CANNOT_TELL


def test_what_was_not_looked_at_is_not_well() -> None:
    arrives()
    report = read_again()
    report.due += 1
    assert report.finding == Finding.CANNOT_TELL


def test_retention_may_come_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "DELIVERIES_AT_A_TIME", 1)
    for days in (90, 80):
        arrives(NOON - timedelta(days=days))
    parts = reread(Window(start=NOON - timedelta(days=100)))
    report = next(parts)
    prune(before=NOON - timedelta(days=60))
    *_, report = parts
    assert (report.due, report.compared, report.emptied, report.differing) == (2, 1, 1, 0)


def test_differences_are_counted_and_the_first_named() -> None:
    for _ in range(30):
        arrives()
    Event.objects.update(person_number="")
    report = read_again()
    [places] = report.differences.values()
    assert (report.differing, places.count, len(places.first)) == (30, 30, 20)
    assert report.finding == Finding.WRONG


def test_a_part_is_two_questions_and_a_page_of_keys_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "DELIVERIES_AT_A_TIME", 5)
    for minute in range(10):
        arrives(NOON + minute * MINUTE)
    with CaptureQueriesContext(connection) as queries:
        read_again()
    rows = [each["sql"] for each in queries if " WHERE " in each["sql"]]
    of_deliveries = [statement for statement in rows if 'FROM "webhooks_delivery"' in statement]
    of_events = [statement for statement in rows if 'FROM "webhooks_event"' in statement]
    assert (len(of_deliveries), len(of_events)) == (2 + 1 + 2, 2)


def test_columns_that_the_release_before_has_not_are_not_asked_for() -> None:
    """It runs before `migrate`: a column that this release adds is not there yet."""
    arrives()
    connection.check_constraints()  # PostgreSQL changes no table while a check is due
    for table, column in (("webhooks_event", "rounds"), ("webhooks_delivery", "headers")):
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER TABLE "{table}" DROP COLUMN "{column}"')
    assert read_again().finding == Finding.WELL
