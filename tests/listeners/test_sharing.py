"""What deliveries that come together cost in calls of Firestore and statements of the ledger."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from listeners.models import TaskRun
from tests.company import at_once, one_task
from tests.ledger_tasks import task_for
from tests.listeners.test_groups_of_thirty import (  # noqa: F401 - fixtures
    APPLIED,
    MANY,
    Thirty,
    firestore_host,
    thirty,
)
from tests.platform import Platform

pytestmark = pytest.mark.django_db(transaction=True)

STATEMENTS = 14  # of one run, whether of three deliveries or of thirty


def calls(platform: Platform) -> dict[str, int]:
    """Firestore calls since the last time."""
    counted = platform.emulators.counters.read().get("firestore", {})
    platform.emulators.counters.clear()
    return counted


def test_one_task_costs_one_look_and_one_commit(thirty: Thirty) -> None:  # noqa: F811
    calls(thirty.platform)
    thirty.handled(one_task)
    assert calls(thirty.platform) == {"RunQuery": 2, "Commit": 1}


def test_many_at_once_cost_hardly_more(thirty: Thirty) -> None:  # noqa: F811
    """Two runs: of who came first, and of all who came while it was under way."""
    calls(thirty.platform)
    thirty.handled(at_once)
    assert thirty.outcomes() == [APPLIED] * MANY
    counted = calls(thirty.platform)
    assert counted["Commit"] <= 3
    assert counted["RunQuery"] <= 3


def test_thirty_cost_as_many_statements_as_three(thirty: Thirty) -> None:  # noqa: F811
    counts = []
    for deliveries in (thirty.deliveries[:3], thirty.deliveries[3:]):
        with CaptureQueriesContext(connection) as queries:
            one_task(thirty.platform, [task_for(each) for each in deliveries])
        # Those that make the tasks here are beside it.
        counts.append(len(queries) - len(deliveries))
    assert thirty.outcomes() == [APPLIED] * MANY
    assert TaskRun.objects.count() == MANY
    assert counts[0] == counts[1] <= STATEMENTS
