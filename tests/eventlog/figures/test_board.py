"""Boards: what is stored and what is live make each event count once."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from pytest_django import DjangoAssertNumQueries

from eventlog.figures.board import Board, Stretch, board
from eventlog.figures.rollups import roll_up
from eventlog.models import RollUp
from sandbox.samples import LEASE_NUMBER
from tests.eventlog.figures.ledger import MINUTE, NOON, SECOND, make_event, settle
from webhooks.outcomes import Reason

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


def rolled(now: datetime) -> None:
    roll_up(clock=lambda: now, until=now + SECOND)


def counts(found: Board) -> dict[datetime, int]:
    return {bar.start: bar.tally.events for bar in found.bars if bar.tally.events}


@pytest.mark.parametrize(
    ("stretch", "bars", "bar_length"),
    [
        (Stretch.HOUR, 60, MINUTE),
        (Stretch.DAY, 96, 15 * MINUTE),
        (Stretch.WEEK, 168, HOUR),
    ],
)
def test_a_stretch_has_its_bars_and_the_last_is_that_of_now(
    stretch: Stretch, bars: int, bar_length: timedelta
) -> None:
    found = board(stretch, now=NOON + 7 * MINUTE + 5 * SECOND)
    assert len(found.bars) == bars
    assert {later.start - bar.start for bar, later in pairwise(found.bars)} == {bar_length}
    assert found.bars[-1].start <= found.now < found.bars[-1].start + bar_length


@pytest.mark.parametrize("stretch", list(Stretch))
@pytest.mark.parametrize("lag", [timedelta(), 3 * MINUTE, 9 * MINUTE])
@pytest.mark.parametrize("seconds", [0, 59, 61, 15 * 60, 3599])
def test_every_event_counts_once_wherever_the_live_part_begins(
    stretch: Stretch, lag: timedelta, seconds: int
) -> None:
    now = NOON + seconds * SECOND
    moments = [now - number * 95 * SECOND for number in range(40)]
    for moment in moments:
        make_event(at=moment)
    rolled(now - lag)
    found = board(stretch, now=now)
    assert found.total.events == sum(moment >= found.start for moment in moments)
    assert found.gap is None


def test_an_event_is_shown_as_it_stands_now_while_it_is_young() -> None:
    now = NOON + 2 * MINUTE
    event = make_event(Reason.NONE, at=NOON + MINUTE)
    rolled(now)
    settle(event, Reason.APPLIED, at=now)
    assert board(Stretch.DAY, now=now).total.states == {"processed": 1}


def test_one_number_can_be_looked_at_alone() -> None:
    for minutes in (0, 20):
        make_event(at=NOON - minutes * MINUTE)
        make_event(at=NOON - minutes * MINUTE, lease_number="447700900111")
    rolled(NOON)
    found = board(Stretch.DAY, lease_number=LEASE_NUMBER, now=NOON)
    assert counts(found) == {NOON - 30 * MINUTE: 1, NOON: 1}


def test_it_says_what_nobody_has_counted() -> None:
    for minutes in (70, 30, 5):
        make_event(at=NOON - minutes * MINUTE)
    rolled(NOON - 50 * MINUTE)
    found = board(Stretch.HOUR, now=NOON)
    assert found.gap == (NOON - 50 * MINUTE, NOON - 10 * MINUTE)
    assert found.total.events == 1


def test_without_any_figures_the_last_minutes_are_there() -> None:
    make_event(at=NOON - 5 * MINUTE)
    assert not RollUp.objects.exists()
    found = board(Stretch.WEEK, now=NOON)
    assert (found.total.events, found.gap) == (1, None)


def test_without_any_figures_it_says_that_they_are_missing() -> None:
    make_event(at=NOON - 5 * DAY)
    found = board(Stretch.WEEK, now=NOON)
    assert (found.total.events, found.gap) == (0, (NOON - 5 * DAY, NOON - 10 * MINUTE))


def test_what_is_too_much_to_count_with_each_look_is_left_for_the_next_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("eventlog.figures.board.LIVE_EVENTS_AT_MOST", 3)
    make_event(at=NOON - 5 * MINUTE)
    rolled(NOON)
    for _ in range(4):
        make_event(at=NOON)
    found = board(Stretch.HOUR, now=NOON)
    assert (found.total.events, found.until) == (1, NOON - 2 * MINUTE)
    rolled(NOON + 3 * MINUTE)
    assert board(Stretch.HOUR, now=NOON + 3 * MINUTE).total.events == 5


def test_an_empty_ledger_misses_nothing() -> None:
    found = board(Stretch.WEEK, now=NOON)
    assert (found.total.events, found.gap) == (0, None)


@pytest.mark.parametrize("stretch", list(Stretch))
def test_the_number_of_queries_does_not_grow(
    stretch: Stretch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        make_event(at=NOON - number * 13 * MINUTE)
    rolled(NOON)
    with django_assert_num_queries(7):
        board(stretch, now=NOON)
