"""What came of replayed events is noted at the cost of the replay, and not of the ledger."""

import pytest
from django.db import connection

from eventlog.models import ReplayedEvent, ReplayJob
from eventlog.replay.outcomes import collect_outcomes
from tests.rows import NOON, add_events, make_delivery, make_event
from tests.work import counted

pytestmark = pytest.mark.django_db


def work_of_noting() -> int:
    """Notes the outcome of one event."""
    job = ReplayJob.objects.create(name="x", asked_at=NOON, event_count=1, state="running")
    row = ReplayedEvent.objects.create(job=job, event=make_event(), reopened_at=NOON)
    with counted() as work:
        assert collect_outcomes(now=NOON) == 1
    row.refresh_from_db()
    assert row.state_after == "processed"
    return work.amount


def test_outcomes_are_noted_without_a_walk_through_the_ledger() -> None:
    before = work_of_noting()
    add_events(make_delivery(), count=2000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as a ledger of some age has been
    assert work_of_noting() <= before + 10
