"""Overdue events are seen on the front page, whatever keeps them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from eventlog.attention.notice import Notice, Severity
from eventlog.attention.overdue import PATIENCE, overdue_events
from eventlog.questions.filters import matching, read_filter
from sandbox.emulators import Emulators, Fault, FaultKind
from tests.eventlog.figures.ledger import MINUTE, NOON, SECOND, make_event
from tests.platform import task_queue
from webhooks.outcomes import Reason, State
from webhooks.sweeper import SweepReport, sweep

pytestmark = pytest.mark.django_db

DUE = NOON + MINUTE  # of an event that came at noon


def listed(notice: Notice) -> set[int]:
    """The events that its page lists."""
    query = QueryDict(notice.url.partition("?")[2])
    return set(matching(read_filter(query), now=NOON).values_list("pk", flat=True))


@pytest.mark.parametrize(
    "reason", [Reason.NONE, Reason.WAITING_FOR_MESSAGE, Reason.APPLIED, Reason.GAVE_UP]
)
def test_what_is_due_is_the_sweepers_for_a_while(reason: Reason) -> None:
    make_event(reason)
    assert overdue_events(DUE + PATIENCE) == []


def test_what_has_its_outcome_is_never_overdue() -> None:
    make_event(Reason.APPLIED)
    assert overdue_events(NOON + timedelta(days=7)) == []


def test_what_never_got_a_task_says_so() -> None:
    event = make_event(Reason.NONE, queued_at=None)
    (notice,) = overdue_events(DUE + PATIENCE + SECOND)
    assert notice.severity == Severity.URGENT
    assert notice.words.startswith("The queue takes nothing: 1 event should have had a task since")
    assert listed(notice) == {event.pk}


def test_what_had_a_task_says_so_apart() -> None:
    make_event(Reason.NONE)
    queued = make_event(Reason.NONE, state=State.QUEUED.value)
    waiting = make_event(Reason.WAITING_FOR_MESSAGE, at=NOON - MINUTE)
    without_task, others = overdue_events(DUE + PATIENCE + SECOND)
    assert "1 event should" in without_task.words
    assert others.words.startswith(
        "Nobody sees to 2 events, overdue since 02 Mar 2026 12:00:00 UTC."
    )
    assert listed(others) == {queued.pk, waiting.pk}


def test_a_queue_that_is_down_does_not_make_events_less_overdue(stand_ins: Emulators) -> None:
    """The sweeper takes them up each minute, and puts them back."""
    queue = task_queue(stand_ins)
    make_event(Reason.NONE, queued_at=None)
    make_event(Reason.NONE, state=State.QUEUED.value, rounds=1)
    refused = Fault(kind=FaultKind.PERMISSION_DENIED, service="tasks", method="CreateTask", times=5)
    stand_ins.faults.add(refused)

    def swept(minutes: int) -> SweepReport:
        return sweep(queue=queue, clock=lambda: NOON + minutes * MINUTE, limit=10)

    assert [swept(minutes).queue_available for minutes in range(1, 6)] == [False] * 5
    assert len(overdue_events(NOON + 5 * MINUTE)) == 2
    report = swept(6)
    assert (report.events, report.queue_available) == (2, True)
    assert overdue_events(NOON + 6 * MINUTE) == []


def test_an_index_answers_it() -> None:
    """However many events there are, those that are open are few."""
    for number in range(3):
        make_event(at=NOON - number * MINUTE)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    with CaptureQueriesContext(connection) as captured:
        overdue_events(NOON)
    with connection.cursor() as cursor:
        prefix = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
        cursor.execute(f"{prefix} {captured[-1]['sql']}")
        plan = str(cursor.fetchall())
    assert "event_check_at" in plan
