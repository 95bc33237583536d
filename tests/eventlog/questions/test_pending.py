"""What has no outcome yet."""

from datetime import timedelta
from typing import Any

from pytest_django import DjangoAssertNumQueries

from eventlog.questions.pending import SHOWN_AT_MOST, waiting_list
from tests.rows import NOON, add_events, make_delivery, make_event
from webhooks.outcomes import Reason, State
from webhooks.whatsapp.items import Kind

MINUTE = timedelta(minutes=1)
OPEN: dict[str, Any] = {"reason": "", "settled_at": None}


def test_whose_turn_comes_first_stands_first(db: None) -> None:
    later = make_event(state=State.QUEUED, check_at=NOON + 2 * MINUTE, **OPEN)
    overdue = make_event(state=State.RECEIVED, check_at=NOON - MINUTE, **OPEN)
    make_event()
    shown, more = waiting_list(now=NOON)
    assert [entry.event for entry in shown] == [overdue, later]
    assert [entry.overdue for entry in shown] == [True, False]
    assert more is False


def test_for_what_each_waits(db: None) -> None:
    waiting = make_event(
        state=State.WAITING,
        reason=Reason.WAITING_FOR_MESSAGE,
        kind=Kind.REACTION,
        message_id="wamid.R",
        target_id="wamid.OUT",
        waits=2,
        check_at=NOON,
    )
    status = make_event(
        state=State.WAITING,
        reason=Reason.WAITING_FOR_MESSAGE,
        kind=Kind.STATUS,
        message_id="wamid.OUT",
        waits=6,
        check_at=NOON,
    )
    queued = make_event(state=State.QUEUED, rounds=3, check_at=NOON, **OPEN)
    received = make_event(state=State.RECEIVED, check_at=NOON, **OPEN)
    shown, _ = waiting_list(now=NOON)
    by_event = {entry.event: (entry.message_id, entry.tries) for entry in shown}
    assert by_event == {
        waiting: ("wamid.OUT", "2 of 6"),
        status: ("wamid.OUT", "6 of 6"),
        queued: ("", "3 of 10"),
        received: ("", ""),
    }
    [first] = [entry for entry in shown if entry.event == waiting]
    assert first.for_what == Reason.WAITING_FOR_MESSAGE.meaning


def test_the_list_has_an_end(db: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    add_events(make_delivery(), count=SHOWN_AT_MOST + 5, state="queued", check_at=NOON, **OPEN)
    with django_assert_num_queries(1):
        shown, more = waiting_list(now=NOON)
    assert (len(shown), more) == (SHOWN_AT_MOST, True)
