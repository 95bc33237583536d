"""A problem opens, goes on, ends by itself after quiet, and opens again as one seen before."""

from dataclasses import replace
from datetime import timedelta

import pytest

from eventlog.models import Problem, ProblemChange, ProblemKind, ProblemRule
from eventlog.problems.rounds import look_round
from tests.eventlog.figures.ledger import MINUTE, NOON
from tests.eventlog.problems.looking import BLIND, notice, only, rounds

pytestmark = pytest.mark.django_db

SKIPPED = ProblemKind.SKIPPED


def history() -> list[str]:
    return [change.what for change in ProblemChange.objects.order_by("pk")]


def test_the_same_is_one_problem_from_the_first_time_to_the_last() -> None:
    for minutes in range(4):
        rounds(notice(), now=NOON + minutes * MINUTE)
    row = only()
    assert (row.state, row.times) == ("open", 1)
    assert (row.first_at, row.last_at) == (NOON, NOON + 3 * MINUTE)
    assert history() == ["opened"]


def test_what_is_told_apart_is_another() -> None:
    rounds(notice("a"), notice("b"), notice("a", kind=SKIPPED, count=20))
    assert Problem.objects.count() == 3


def test_it_is_over_after_quiet_and_opens_again_as_seen_before() -> None:
    rounds(notice())
    rounds(now=NOON + 4 * MINUTE)
    assert only().state == "open"
    rounds(now=NOON + 5 * MINUTE)
    assert (only().state, only().resolved_at) == ("resolved", NOON + 5 * MINUTE)
    rounds(notice(), now=NOON + 60 * MINUTE)
    row = only()
    assert (row.state, row.times, row.resolved_at) == ("open", 2, None)
    assert (row.first_at, row.opened_at) == (NOON, NOON + 60 * MINUTE)
    assert history() == ["opened", "resolved", "again"]


def test_too_little_opens_none_and_keeps_one_open() -> None:
    rounds(notice(kind=SKIPPED, count=19))
    assert not Problem.objects.exists()
    rounds(notice(kind=SKIPPED, count=20, last_at=NOON))
    later = NOON + 110 * MINUTE
    rounds(notice(kind=SKIPPED, count=1, last_at=later), now=later)
    rounds(now=NOON + 130 * MINUTE)
    assert only().state == "open"
    rounds(now=later + 120 * MINUTE)
    assert only().state == "resolved"


def test_a_threshold_that_was_chosen_counts() -> None:
    ProblemRule.objects.create(kind="skipped", at_least=2, quiet_minutes=1)
    rounds(notice(kind=SKIPPED, count=2))
    assert only().state == "open"
    rounds(now=NOON + MINUTE)
    assert only().state == "resolved"


def test_a_kind_that_nobody_watches_makes_none() -> None:
    ProblemRule.objects.create(kind="overdue", is_watched=False)
    rounds(notice())
    assert not Problem.objects.exists()


def test_what_somebody_resolved_needs_to_be_seen_since() -> None:
    rounds(notice(kind=SKIPPED, count=20, last_at=NOON))
    Problem.objects.update(state="resolved", resolved_at=NOON + MINUTE)
    rounds(notice(kind=SKIPPED, count=20, last_at=NOON), now=NOON + 2 * MINUTE)
    assert only().state == "resolved"
    rounds(notice(kind=SKIPPED, count=21, last_at=NOON + 2 * MINUTE), now=NOON + 3 * MINUTE)
    assert only().state == "open"


def test_what_is_ignored_comes_back_when_its_time_is_over() -> None:
    rounds(notice())
    Problem.objects.update(state="ignored", ignored_until=NOON + 30 * MINUTE)
    for minutes in (10, 20, 29):
        rounds(notice(), now=NOON + minutes * MINUTE)
        assert only().state == "ignored"
    rounds(notice(), now=NOON + 30 * MINUTE)
    assert (only().state, only().ignored_until) == ("open", None)
    assert history() == ["opened", "again"]


def test_what_is_ignored_and_quiet_stays_so_until_then() -> None:
    rounds(notice())
    Problem.objects.update(state="ignored", ignored_until=NOON + 30 * MINUTE)
    rounds(now=NOON + 20 * MINUTE)
    assert only().state == "ignored"
    rounds(now=NOON + 31 * MINUTE)
    assert only().state == "resolved"


def test_what_is_acknowledged_is_over_by_itself_and_has_no_owner_the_next_time() -> None:
    rounds(notice())
    Problem.objects.update(state="acknowledged", owner_name="grace")
    rounds(notice(), now=NOON + MINUTE)
    assert (only().state, only().owner_name) == ("acknowledged", "grace")
    rounds(now=NOON + 6 * MINUTE)
    assert only().state == "resolved"
    rounds(notice(), now=NOON + 7 * MINUTE)
    assert (only().state, only().owner_name) == ("open", "")


def test_what_could_not_be_looked_at_is_not_over() -> None:
    rounds(notice())
    looked = look_round(now=NOON + 60 * MINUTE, looks=[BLIND])
    assert not looked.saw_all
    assert {row.kind: row.state for row in looked.problems} == {"overdue": "open", "look": "open"}
    rounds(now=NOON + 61 * MINUTE)
    assert {row.kind: row.state for row in Problem.objects.all()} == {
        "overdue": "resolved",
        "look": "open",
    }


def test_a_clock_that_was_ahead_closes_nothing_at_once() -> None:
    ProblemRule.objects.create(kind="overdue", quiet_minutes=0)
    rounds(notice())
    assert only().state == "open"
    rounds(notice(), now=NOON - MINUTE)
    assert (only().state, only().last_at) == ("open", NOON)


def test_what_is_over_at_once_goes_on_as_long_as_it_is_seen() -> None:
    ProblemRule.objects.create(kind="overdue", quiet_minutes=0)
    for minutes in range(3):
        rounds(notice(), now=NOON + minutes * MINUTE)
    assert history() == ["opened"]
    rounds(now=NOON + 3 * MINUTE)
    assert history() == ["opened", "resolved"]


def test_what_was_seen_by_a_clock_ahead_was_seen_now() -> None:
    for minutes in (0, 1):
        now = NOON + minutes * MINUTE
        rounds(notice(last_at=now + 60 * MINUTE), now=now)
        assert only().last_at == now
    rounds(now=NOON + 6 * MINUTE)
    assert only().state == "resolved"


def test_it_opens_again_no_sooner_than_it_was_over() -> None:
    """Of what is counted the first of a day may have been before."""
    rounds(replace(notice(), first_at=NOON - 60 * MINUTE))
    assert only().opened_at == NOON - 60 * MINUTE
    rounds(now=NOON + 6 * MINUTE)
    rounds(replace(notice(), first_at=NOON - 60 * MINUTE), now=NOON + 9 * MINUTE)
    assert (only().times, only().opened_at) == (2, NOON + 6 * MINUTE)


def test_nothing_opens_before_it_is_seen() -> None:
    rounds(replace(notice(), first_at=NOON + 60 * MINUTE))
    assert (only().first_at, only().opened_at) == (NOON, NOON)


def test_what_was_resolved_more_than_a_year_ago_is_forgotten() -> None:
    rounds(notice())
    rounds(now=NOON + 5 * MINUTE)
    rounds(now=NOON + timedelta(days=399))
    assert Problem.objects.exists()
    rounds(now=NOON + timedelta(days=401))
    assert not Problem.objects.exists()
