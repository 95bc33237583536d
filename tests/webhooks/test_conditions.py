"""What is rare is found by the words that its index has, whatever else is."""

import pytest

from tests.rows import make_event
from webhooks.conditions import (
    COMMON_REASONS,
    IS_OPEN,
    RARE_REASON,
    UNAPPLIED,
    UNSEEN,
    is_unseen,
)
from webhooks.models import Event
from webhooks.outcomes import OPEN, REOPENABLE, Reason, State

pytestmark = pytest.mark.django_db

# No index was made anew for it: it is found as what the next release calls by a reason of its own.
LATER = ("of_next_year", Reason.ERASED)


def test_whatever_is_not_applied_is_found_by_its_state() -> None:
    """Also what another release calls by a reason that is none of ours."""
    for reason in Reason:
        make_event(state=reason.state, reason=reason)
    for state in REOPENABLE:
        make_event(state=state, reason="of_next_year")
    assert set(UNAPPLIED) == REOPENABLE
    for state, condition in UNAPPLIED.items():
        of_state = Event.objects.filter(state=state)
        assert set(of_state.filter(condition)) == set(of_state)
        others = {each.state for each in Event.objects.filter(condition)} - {state}
        assert others <= REOPENABLE  # those of next year
        ours = Event.objects.exclude(reason__in=LATER).filter(condition)
        assert {each.state for each in ours} == {state}


def test_the_common_reasons_are_all_that_the_index_leaves_out() -> None:
    for reason in Reason:
        make_event(state=reason.state, reason=reason)
    left_out = Event.objects.exclude(RARE_REASON).values_list("reason", flat=True)
    assert set(left_out) == COMMON_REASONS


@pytest.mark.parametrize("kind", ["text", "message", "status", "error", "change", "container"])
@pytest.mark.parametrize("name", ["image", "system"])
def test_what_no_customer_saw_is_the_same_to_the_index_and_to_the_figures(
    kind: str, name: str
) -> None:
    for reason in Reason:
        make_event(state=reason.state, reason=reason, kind=kind, name=name)
    assert set(Event.objects.filter(UNSEEN)) == {
        event
        for event in Event.objects.all()
        if is_unseen(kind=event.kind, name=event.name, state=event.state)
    }


def test_what_has_no_outcome_is_open() -> None:
    for state in State:
        settled_at = None if state in OPEN else "2026-03-02T12:00Z"
        make_event(state=state, settled_at=settled_at)
    assert {each.state for each in Event.objects.filter(IS_OPEN)} == OPEN
