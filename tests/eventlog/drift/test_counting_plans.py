"""Looking over asks the database for what is new, however much has been looked over before."""

from datetime import timedelta

import pytest
from django.db import connection

from eventlog.drift.counting import look_over
from eventlog.models import DriftMark
from tests.eventlog.test_retention_plans import TEXTS, fill
from tests.platform import START
from tests.scale.test_backlog import ITEMS, learn
from tests.work import counted
from webhooks.models import Delivery

BEFORE, NEW = 4000, 2  # deliveries
# Of each its key and its bytes, twice, and its events, twice; the mark, read and written by each of
# two steps.
ROWS_AT_MOST = NEW * (6 + 2 * ITEMS) + 10


@pytest.mark.usefixtures("new_tables")
@pytest.mark.parametrize("known", [True, False])
def test_what_has_been_looked_over_is_not_read(*, known: bool) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL plans by statistics")
    fill("before", at=START - timedelta(days=2), deliveries=BEFORE, statements=(TEXTS,))
    last = Delivery.objects.order_by("received_at", "pk").last()
    assert last is not None
    up_to = last.received_at
    DriftMark.objects.create(
        up_to=up_to, delivery_id=last.pk, settled_up_to=up_to + timedelta(seconds=1)
    )
    if not known:
        learn()
    fill("new", at=START - timedelta(days=1), deliveries=NEW, statements=(TEXTS,))
    if known:
        learn()
    with counted() as work:
        report = look_over(clock=lambda: START, until=START + timedelta(minutes=1))
    assert report.deliveries == NEW
    assert work.amount < ROWS_AT_MOST
