"""Whoever looks for problems, and the front page, read no more where there is much of it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from eventlog.attention.looks import LOOKS, look_at_all
from eventlog.figures.board import Stretch, board
from eventlog.figures.counting import ALL
from eventlog.figures.rollups import roll_up
from eventlog.figures.spans import hour_of
from eventlog.figures.tally import Tally, encode
from eventlog.figures.week_before import week_before
from eventlog.models import Figure, ProblemKind, RollUp, Sign
from tests.scale.test_large_ledger import (
    AT_MOST,
    DAYS,
    FIRST_ID,
    SLACK,
    fill,
    learn,
)
from tests.work import counted

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
OLDER_DAYS = 4
NUMBERS, HOURS = 20, 24 * 21


def test_no_look_costs_more_in_a_ledger_that_is_five_times_as_long(new_tables: None) -> None:
    now = datetime.now(UTC)
    fill(days=DAYS, until=now, first_id=FIRST_ID)
    roll_up(clock=lambda: now, until=now + timedelta(minutes=1))
    learn()
    work_of_looks(now)  # what is read once and remembered
    before = work_of_looks(now)
    fill(days=OLDER_DAYS, until=now - DAYS * DAY, first_id=1)
    learn()
    after = work_of_looks(now)
    assert before.keys() == {look.subject for look in LOOKS}
    queries = {subject: count for subject, (count, _) in before.items()}
    assert {subject: count for subject, (count, _) in after.items()} == queries
    assert {
        subject: (before[subject][1], work)
        for subject, (_, work) in after.items()
        if work > before[subject][1] * AT_MOST + SLACK
    } == {}


def work_of_looks(now: datetime) -> dict[str, tuple[int, int]]:
    """Queries and work of each look."""
    found = {}
    for look in LOOKS:
        with CaptureQueriesContext(connection) as queries, counted() as work:
            assert look_at_all(now=now, looks=[look]).unseen == frozenset()
        found[look.subject] = len(queries), work.amount
    return found


def test_a_look_reads_the_signs_of_its_time_alone(new_tables: None) -> None:
    """Of what is kept for eight days, however much of it there was."""

    def signs(*, since: datetime, count: int) -> None:
        tally = {"count": 1, "first_at": since, "last_at": since}
        Sign.objects.bulk_create(
            Sign(
                kind=ProblemKind.SKIPPED.value,
                subject=f"no_person 1555{place % 50:07}",
                start=since + place // 50 * timedelta(minutes=5),
                **tally,
            )
            for place in range(count)
        )

    signs(since=NOW - HOUR, count=500)
    learn()
    before = work_of_looks(NOW)["events that end badly"]
    signs(since=NOW - 7 * DAY, count=5000)
    learn()
    queries, work = work_of_looks(NOW)["events that end badly"]
    assert (queries, work <= before[1] * AT_MOST + SLACK) == (before[0], True)


def test_the_week_before_is_read_by_what_it_shows(new_tables: None) -> None:
    tally = encode(Tally(states={"processed": 1}))
    RollUp.objects.create(rolled_up_to=NOW, changes_until=NOW)
    Figure.objects.bulk_create(
        Figure(
            span=Figure.Span.HOUR,
            start=hour_of(NOW) - place * HOUR,
            lease_number=number,
            events=1,
            tally=tally,
        )
        for number in (ALL, *(f"1555{each:07}" for each in range(NUMBERS)))
        for place in range(HOURS)
    )
    learn()
    found = board(Stretch.WEEK, now=NOW)
    with counted() as work:
        before = week_before(found, lease_number=ALL, begun_at=NOW - 20 * DAY)
    assert before.total == len(found.bars)
    assert work.amount <= len(found.bars) * AT_MOST + SLACK
