"""Each look is answered from an index that is there, and reads what is new alone."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet

from eventlog.tail.following import BY_ALL, Following
from eventlog.tail.streams import newest_open, received_from, settled_from
from tests.platform import START
from tests.rows import add_events, make_delivery
from tests.work import counted
from webhooks.models import Event

pytestmark = pytest.mark.django_db

BEFORE, NEW = 4000, 20


@pytest.fixture
def log(new_tables: None) -> None:
    """Events of a month, of which one in a hundred is open, and as many as a look finds anew."""
    for place in range(BEFORE // 100):
        moment = START - timedelta(minutes=10 * (place + 1))
        delivery = make_delivery(received_at=moment)
        add_events(delivery, count=99, settled_at=moment)
        add_events(make_delivery(received_at=moment), count=1, state="waiting")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    add_events(make_delivery(received_at=START), count=NEW, settled_at=START)


@pytest.mark.parametrize(
    ("rows", "by", "index"),
    [
        (received_from(START), "received_at", "event_received_at"),
        (settled_from(START), "settled_at", "event_settled_at"),
        (newest_open(START), None, "event_open"),
    ],
)
def test_each_question_finds_its_index(
    log: None, rows: QuerySet[Event], by: str | None, index: str
) -> None:
    question = rows.order_by(by)[:1000] if by else rows
    plan = question.explain()
    assert re.search(rf"(USING INDEX|using) {index}\b", plan), plan
    assert re.findall(r"TEMP B-TREE|Sort  \(|Seq Scan|SCAN webhooks_event$", plan) == []


def test_a_look_reads_what_is_new_and_open_alone(log: None) -> None:
    following = Following(Event.objects.all(), since=START - BY_ALL)
    with counted() as work:
        [part] = following.look(now=START)
    assert len(part) == NEW
    if connection.vendor == "postgresql":
        assert work.amount <= 3 * NEW + BEFORE // 100
