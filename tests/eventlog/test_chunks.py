"""Many rows are read in order and once each, however many of them share a value."""

from datetime import timedelta
from operator import attrgetter, itemgetter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from eventlog.chunks import chunks
from tests.rows import NOON, add_events, make_delivery
from webhooks.models import Event

pytestmark = pytest.mark.django_db

SIZE = 4


def add(*counts: int) -> None:
    """Adds deliveries, a second apart and the latest first, with so many events."""
    for place, count in enumerate(counts):
        moment = NOON - timedelta(seconds=place)
        add_events(make_delivery(received_at=moment), count=count)


@pytest.mark.parametrize(
    ("counts", "sizes"),
    [
        ((), []),
        ((3,), [3]),
        ((4,), [4]),
        ((9,), [9]),
        ((1, 1, 1, 1), [3, 1]),
        ((2, 3, 1, 1), [2, 3, 2]),
        ((1, 9, 3), [3, 9, 1]),
        ((5, 5), [5, 5]),
    ],
)
def test_rows_of_one_moment_come_together(counts: tuple[int, ...], sizes: list[int]) -> None:
    add(*counts)
    rows = Event.objects.values_list("received_at", "pk")

    read = list(chunks(rows, by="received_at", value=itemgetter(0), size=SIZE))

    assert [len(chunk) for chunk in read] == sizes
    moments = [moment for chunk in read for moment, _ in chunk]
    assert moments == sorted(moments)
    assert {pk for chunk in read for _, pk in chunk} == set(Event.objects.in_bulk())
    assert len(moments) == sum(counts)


def test_a_chunk_is_one_question() -> None:
    add(1, 1, 1, 1, 1, 1, 1)
    with CaptureQueriesContext(connection) as queries:
        read = list(chunks(Event.objects.all(), by="pk", value=attrgetter("pk"), size=SIZE))
    assert [len(chunk) for chunk in read] == [3, 3, 1]
    assert len(queries) == 3
