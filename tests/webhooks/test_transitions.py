"""From which state each transition leads where, and that nobody else changes an event's row."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import only_transitions
from tests.eventlog.figures.ledger import NOON, make_event
from tests.house import PACKAGES, ROOT
from webhooks import transitions
from webhooks.models import Event
from webhooks.outcomes import OPEN, SETTLED, Reason, State
from webhooks.transitions import Claim, Decision, Standing

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
LATER = NOON + 5 * MINUTE

Transition = Callable[[Event], object]


def standing(state: State) -> Event:
    """An event in a state, which no task was made for."""
    reason = next((each for each in Reason if each.state == state), Reason.NONE)
    return make_event(reason, state=state.value, queued_at=None)


def queue_delivery(event: Event) -> None:
    transitions.queue_delivery(delivery=event.delivery_id, now=LATER)


def queue_deliveries(event: Event) -> None:
    transitions.queue_deliveries([event.delivery_id], now=LATER)


def queue(event: Event) -> None:
    transitions.queue([event.pk], now=LATER)


def leave_to_sweeper(event: Event) -> None:
    transitions.leave_to_sweeper([event.pk], at=LATER)


def claim(event: Event) -> Claim:
    claim = Claim(
        events=[event.pk],
        state=event.state,
        rounds=0,
        due_at=NOON + MINUTE,
        at=NOON + 2 * MINUTE,
        until=LATER,
    )
    transitions.claim(claim)
    return claim


def release(event: Event) -> None:
    transitions.release(claim(event))


def give_up(event: Event) -> None:
    transitions.give_up(Event.objects.filter(pk=event.pk), now=LATER)


def reopen(event: Event) -> None:
    transitions.reopen([event.pk], check_at=LATER + MINUTE, now=LATER)


def _decision(read: Event, reason: Reason, check_at: datetime | None = None) -> Decision:
    return Decision(
        event=read.pk,
        reopenings=read.reopenings,
        waits=read.waits,
        reason=reason,
        check_at=check_at,
    )


def decided(reason: Reason) -> Transition:
    """What a run that has read the event decides."""

    def decide(event: Event) -> None:
        again = LATER + MINUTE if reason.state == State.WAITING else None
        transitions.decide([_decision(event, reason, again)], started_at=NOON, now=LATER)

    return decide


def correct(event: Event) -> None:
    transitions.correct([Standing(event=event.pk, reason=Reason.APPLIED)], now=LATER)


def to(state: State, *, out_of: frozenset[State]) -> Mapping[State, State]:
    """All other states stay."""
    return {each: state if each in out_of else each for each in State}


LEADS: Mapping[str, tuple[Transition, Mapping[State, State]]] = {
    "queue_delivery": (queue_delivery, to(State.QUEUED, out_of=frozenset({State.RECEIVED}))),
    "queue_deliveries": (queue_deliveries, to(State.QUEUED, out_of=frozenset({State.RECEIVED}))),
    "queue": (queue, to(State.QUEUED, out_of=frozenset({State.RECEIVED}))),
    "leave_to_sweeper": (leave_to_sweeper, to(State.RECEIVED, out_of=frozenset())),
    "claim": (claim, to(State.QUEUED, out_of=OPEN)),
    "release": (release, to(State.RECEIVED, out_of=frozenset())),
    "give_up": (give_up, to(State.FAILED, out_of=OPEN)),
    "decide that it is applied": (
        decided(Reason.APPLIED),
        to(State.PROCESSED, out_of=OPEN | {State.SKIPPED, State.FAILED}),
    ),
    "decide that it is skipped": (
        decided(Reason.MESSAGE_NOT_FOUND),
        to(State.SKIPPED, out_of=OPEN),
    ),
    "decide that it waits": (
        decided(Reason.WAITING_FOR_MESSAGE),
        to(State.WAITING, out_of=OPEN),
    ),
    "correct": (correct, to(State.PROCESSED, out_of=frozenset({State.SKIPPED, State.FAILED}))),
    "reopen": (reopen, to(State.RECEIVED, out_of=SETTLED)),
}


@pytest.mark.parametrize("before", State)
@pytest.mark.parametrize("name", LEADS)
def test_each_leads_out_of_its_states_alone(name: str, before: State) -> None:
    transition, leads = LEADS[name]
    event = standing(before)

    transition(Event.objects.get(pk=event.pk))

    after = Event.objects.get(pk=event.pk)
    assert after.state == leads[before]
    # Open ones have somebody who looks again, the settled have their moment.
    assert (after.check_at is not None) == (after.state in OPEN)
    assert (after.settled_at is not None) == (after.state in SETTLED)


@pytest.mark.parametrize("reason", [Reason.MESSAGE_NOT_FOUND, Reason.WAITING_FOR_MESSAGE])
def test_a_decision_holds_for_the_reopenings_that_were_read(reason: Reason) -> None:
    read = standing(State.SKIPPED)
    reopen(read)

    decided(reason)(read)

    assert Event.objects.get(pk=read.pk).state == State.RECEIVED


def test_what_was_written_holds_whatever_the_reopenings() -> None:
    read = standing(State.SKIPPED)
    reopen(read)

    decided(Reason.APPLIED)(read)

    assert Event.objects.get(pk=read.pk).state == State.PROCESSED


@pytest.mark.parametrize("queued_at", [None, NOON])
def test_a_released_claim_says_of_no_event_that_it_got_a_task(queued_at: datetime | None) -> None:
    event = make_event(Reason.NONE, queued_at=queued_at)

    release(event)

    assert Event.objects.get(pk=event.pk).queued_at == queued_at


def test_a_released_claim_leaves_alone_what_somebody_took_meanwhile() -> None:
    event = standing(State.RECEIVED)
    claimed = claim(event)
    decided(Reason.APPLIED)(Event.objects.get(pk=event.pk))

    transitions.release(claimed)

    assert Event.objects.get(pk=event.pk).state == State.PROCESSED


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes row by row")
@pytest.mark.parametrize("reason", [Reason.APPLIED, Reason.MESSAGE_NOT_FOUND])
def test_decisions_about_many_are_one_statement(reason: Reason) -> None:
    events = [standing(State.QUEUED) for _ in range(20)]
    for event in events[::2]:
        event.reopenings = 1
        event.save()

    with CaptureQueriesContext(connection) as captured:
        transitions.decide(
            [_decision(event, reason) for event in events], started_at=NOON, now=LATER
        )

    assert sum(each["sql"].startswith("UPDATE") for each in captured) == 1


def test_of_decisions_about_many_those_hold_whose_reopenings_were_read() -> None:
    read = [standing(State.SKIPPED) for _ in range(6)]
    for event in read:
        reopen(event)
    now_read = [Event.objects.get(pk=event.pk) for event in read[::2]]
    decisions = [_decision(event, Reason.TOO_LARGE) for event in (*now_read, *read[1::2])]

    transitions.decide(decisions, started_at=NOON, now=LATER)

    states = Event.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == [State.FAILED, State.RECEIVED] * 3


@pytest.mark.parametrize("app", PACKAGES)
def test_who_changes_events_elsewhere_fails_its_tests(app: str) -> None:
    stray = compile("Event.objects.update(waits=1)", str(ROOT / app / "stray.py"), "exec")

    with pytest.raises(AssertionError, match="name a transition"):
        exec(stray, {"Event": Event})  # noqa: S102 - as if it stood in that file


def test_the_watch_knows_where_things_stand() -> None:
    assert Path(only_transitions.HOME).is_file()
    assert Path(only_transitions.PLUMBING).is_file()
