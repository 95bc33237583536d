"""What came a week before: the same bars, or nothing where nobody can say."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from eventlog.figures.board import Stretch, board
from eventlog.figures.counting import ALL
from eventlog.figures.rollups import roll_up
from eventlog.figures.spans import start_of
from eventlog.figures.tally import Tally, encode
from eventlog.figures.week_before import WeekBefore, week_before
from eventlog.models import Figure, LeaseNumber, RollUp
from sandbox.samples import LEASE_NUMBER
from tests.eventlog.figures.ledger import MINUTE, NOON, SECOND, make_event
from webhooks import clock

WEEK = timedelta(weeks=1)
HOUR = timedelta(hours=1)
OTHER_NUMBER = "447700900111"
pytestmark = pytest.mark.django_db


def rolled(now: datetime = NOON) -> None:
    roll_up(clock=lambda: now, until=now + SECOND)


def added_up(
    start: datetime, *, span: Figure.Span, events: int = 1, lease_number: str = ALL
) -> None:
    """The sum of a bar, as a round leaves it that has added up everything until noon."""
    RollUp.objects.get_or_create(pk=1, rolled_up_to=NOON, changes_until=NOON)
    tally = encode(Tally(states={"processed": events}))
    Figure.objects.create(
        span=span, start=start, lease_number=lease_number, events=events, tally=tally
    )


def known(
    stretch: Stretch, *, number: str = ALL, begun_at: datetime | None = NOON - 3 * WEEK
) -> WeekBefore:
    found = board(stretch, lease_number=number, now=NOON)
    return week_before(found, lease_number=number, begun_at=begun_at)


@pytest.mark.parametrize("stretch", list(Stretch))
def test_each_bar_is_compared_with_the_same_time_a_week_before(stretch: Stretch) -> None:
    last = start_of(stretch.span, NOON) - WEEK
    for bars, events in ((0, 1), (3, 2), (20, 5)):
        added_up(last - bars * stretch.bar_length, span=stretch.span, events=events)
    added_up(last + stretch.bar_length, span=stretch.span, events=100)
    before = known(stretch)
    assert before.is_whole
    counts = {place: count for place, count in enumerate(reversed(before.counts)) if count}
    assert counts == {0: 1, 3: 2, 20: 5}
    assert (before.total, len(before.counts)) == (8, stretch.length // stretch.bar_length)


def test_it_is_of_the_lease_number_that_is_chosen_in_all_its_spellings() -> None:
    for number in ("554199990001", "5541999990001", OTHER_NUMBER):
        added_up(NOON - WEEK, span=Figure.Span.MINUTE, lease_number=number)
    added_up(NOON - WEEK, span=Figure.Span.MINUTE, events=3)
    assert known(Stretch.HOUR, number="554199990001").counts[-1] == 2
    assert known(Stretch.HOUR, number=OTHER_NUMBER).counts[-1] == 1
    assert known(Stretch.HOUR).counts[-1] == 3


def test_of_the_time_before_the_first_event_nobody_can_say() -> None:
    make_event(at=NOON - WEEK - 10 * MINUTE + SECOND)
    rolled()
    before = known(Stretch.HOUR, begun_at=NOON - WEEK - 10 * MINUTE + SECOND)
    assert list(before.counts) == [None] * 49 + [1] + [0] * 10
    assert not before.is_whole
    assert before.begun_at == NOON - WEEK - 10 * MINUTE + SECOND


@pytest.mark.parametrize("begun_at", [None, NOON - HOUR])
def test_where_nothing_came_yet_a_week_before_nothing_is_asked(
    begun_at: datetime | None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    found = board(Stretch.DAY, now=NOON)
    with django_assert_num_queries(0):
        before = week_before(found, lease_number=ALL, begun_at=begun_at)
    assert (set(before.counts), before.begun_at) == ({None}, begun_at)


def test_what_has_not_been_added_up_is_not_taken_for_nothing() -> None:
    added_up(NOON - WEEK - 30 * MINUTE, span=Figure.Span.MINUTE)
    RollUp.objects.update(rolled_up_to=NOON - WEEK - 20 * MINUTE)
    before = known(Stretch.HOUR)
    assert list(before.counts[-31:]) == [1] + [0] * 9 + [None] * 21
    assert before.begun_at is None


def test_it_takes_one_query_however_much_there_is(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(20):
        added_up(NOON - WEEK - number * HOUR, span=Figure.Span.HOUR)
    found = board(Stretch.WEEK, now=NOON)
    with django_assert_num_queries(1):
        assert week_before(found, lease_number=ALL, begun_at=NOON - 3 * WEEK).total == 20


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (WEEK + 2 * HOUR, "All events, a week before"),
        (WEEK + 20 * MINUTE, "The dashed line begins where the first event came a week before"),
        (HOUR, "There is nothing to compare with a week before: the first event came"),
    ],
)
def test_the_front_page_says_since_when_there_is_something_to_compare_with(
    admin_client: Client, age: timedelta, words: str
) -> None:
    now = clock.now()
    make_event(at=now - age)
    rolled(now)
    page = admin_client.get("/admin/").content.decode()
    assert words in page
    assert ('class="before" d="M' in page) == (age > WEEK)


def test_the_rhythm_of_numbers_is_green_only_where_something_came(admin_client: Client) -> None:
    now = clock.now()
    LeaseNumber.objects.create(
        number=LEASE_NUMBER,
        first_event_at=now - 9 * WEEK,
        last_event_at=now - 8 * WEEK,
        last_event=1,
    )
    quiet, well = '<p class="quiet">None: ', '<p class="all-well">'
    page = admin_client.get("/admin/").content.decode()
    assert (quiet in page, well in page) == (True, False)
    make_event(at=now)
    assert quiet not in admin_client.get("/admin/").content.decode()
