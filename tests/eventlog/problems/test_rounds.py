"""A round looks at everything; two at once make one problem."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from eventlog.catching_up import catch_up
from eventlog.models import LookMark, Problem, ProblemChange, Sign
from eventlog.problems.rounds import look_round
from tests.eventlog.figures.ledger import MINUTE, NOON, make_event
from tests.eventlog.problems.looking import look, notice, rounds
from webhooks import chores
from webhooks.chores import Chore
from webhooks.models import RefusalCount
from webhooks.outcomes import Reason

pytestmark = pytest.mark.django_db


def kinds() -> set[str]:
    return {row.kind for row in Problem.objects.exclude(state="resolved")}


@pytest.mark.django_db(transaction=True)
def test_rounds_at_once_make_one_problem() -> None:
    begun = threading.Barrier(3)

    def work() -> None:
        begun.wait(10)
        try:
            look_round(now=NOON, looks=[look(notice())])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as threads:
        for done in [threads.submit(work) for _ in range(3)]:
            done.result(timeout=30)
    assert Problem.objects.count() == ProblemChange.objects.count() == LookMark.objects.count() == 1
    assert [sign.count for sign in Sign.objects.all()] == [1]


def test_catching_up_looks_at_what_it_has_counted() -> None:
    now = timezone.now()
    event = make_event(Reason.REFUSED, at=now - 2 * MINUTE)
    assert catch_up().report["problems"] == Problem.objects.count()
    row = Problem.objects.get(kind="failed")
    subject = f"refused {event.lease_number}"
    assert (row.subject, row.severity, row.state) == (subject, "urgent", "open")
    assert "1 event failed: refused." in row.words
    assert row.query == f"state=failed&reason=refused&lease_number_of={event.pk}"


def test_a_chore_that_was_not_done_is_one() -> None:
    chores.note(Chore.SWEEPER, now=NOON - 6 * MINUTE)
    chores.note(Chore.CATCH_UP, now=NOON - MINUTE)
    look_round(now=NOON)
    [row] = Problem.objects.all()
    assert (row.kind, row.subject) == ("chore", "sweeper")


def test_a_clock_that_went_back_looked_no_earlier() -> None:
    for minutes in (1, 0):
        rounds(now=NOON + minutes * MINUTE)
        assert LookMark.objects.get().looked_at == NOON + MINUTE


def test_a_burst_of_refused_signatures_is_one() -> None:
    look_round(now=NOON)
    RefusalCount.objects.create(day=NOON.date(), cause="mismatch", count=19)
    look_round(now=NOON + MINUTE)
    assert kinds() == set()
    RefusalCount.objects.update(count=20)
    look_round(now=NOON + 2 * MINUTE)
    assert kinds() == {"refused"}


def test_what_stands_so_is_seen_once_a_minute_whoever_looks() -> None:
    for seconds in (0, 20, 40, 60):
        rounds(notice(), now=NOON + timedelta(seconds=seconds))
    assert sum(Sign.objects.values_list("count", flat=True)) == 2


def test_a_round_asks_as_much_however_much_there_is() -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            look_round(now=NOON)
        return len(queries)

    asked()
    few = asked()
    for number in range(30):
        make_event(Reason.NO_PERSON, lease_number=f"1555000{number:04}")
    assert asked() == few
