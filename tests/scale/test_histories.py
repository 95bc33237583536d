"""However much the ledger holds of a person, asking for their names reads next to nothing of it."""

from copy import copy
from datetime import timedelta

import pytest
from django.db import connection

from listeners.changes import Change, ended
from listeners.seen import newest_numbers
from listeners.tracking import NOT_YET, Naming
from sandbox.samples import DRIVER_NUMBER, DRIVER_USER_ID, LEASE_NUMBER
from tests.rows import NOON, make_event
from tests.work import counted
from webhooks.models import Event
from webhooks.whatsapp.items import Person

pytestmark = pytest.mark.django_db

EVENTS = 5000  # of one person, one an hour
HOUR = timedelta(hours=1)
AT_MOST = 100  # rows, or hundred steps of SQLite; the whole history is more than either
OTHER = "16505559999"


@pytest.fixture
def history(new_tables: None) -> None:
    """What one person wrote in half a year, and many others did once."""
    usual = make_event(occurred_at=NOON, received_at=NOON)
    rows = [copy(usual) for _ in range(2 * EVENTS)]
    for position, event in enumerate(rows):
        event.pk, event.position = None, position + 1
        event.occurred_at = event.received_at = NOON + position // 2 * HOUR
        if position % 2:
            event.person_number = f"447700{position:06}"
            event.person_user_id = f"GB.{position}"
    Event.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def test_the_number_beside_a_user_id(history: None) -> None:
    """At each of the times that are asked for."""
    make_event(person_number=OTHER, occurred_at=NOON + 100 * HOUR)
    moments = [NOON - HOUR, NOON + 99 * HOUR, NOON + 100 * HOUR, NOON + 101 * HOUR, NOT_YET]
    person = Person(user_id=DRIVER_USER_ID)
    namings = [Naming(lease_number=LEASE_NUMBER, person=person, at=at) for at in moments]
    with counted() as work:
        found = newest_numbers(namings)
    # Of two numbers in one second always the same one, which is the greater.
    expected = [None, DRIVER_NUMBER, OTHER, DRIVER_NUMBER, DRIVER_NUMBER]
    assert [found.get(naming) for naming in namings] == expected
    assert work.amount <= AT_MOST


def test_who_has_had_a_number_since_a_change(history: None) -> None:
    """What is from before the change is not read, but for what may come out of turn."""
    at = NOON + (EVENTS - 10) * HOUR
    change = Change(
        lease_number=LEASE_NUMBER,
        previous=Person(number=DRIVER_NUMBER, user_id="US.1"),
        person=Person(number=OTHER, user_id="US.2"),
        at=at,
    )
    with counted() as work:
        assert ended([change]) == {change: at + HOUR}
    assert work.amount <= AT_MOST
