"""The ledger's clock, on each kind of database."""

import time
from datetime import UTC, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from webhooks import clock


@pytest.mark.django_db
def test_tells_the_time_in_utc() -> None:
    before = timezone.now()

    moment = clock.now()

    assert moment.tzinfo is UTC
    assert abs(moment - before) < timedelta(minutes=1)


@pytest.mark.django_db(transaction=True)
def test_goes_on_within_a_transaction() -> None:
    with transaction.atomic():
        first = clock.now()
        if connection.vendor == "postgresql":
            connection.cursor().execute("SELECT pg_sleep(0.01)")
        else:
            time.sleep(0.01)
        second = clock.now()

    assert second > first
