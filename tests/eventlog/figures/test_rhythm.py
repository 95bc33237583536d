"""Silence, told from sleep."""

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from eventlog.figures.rhythm import Rhythm, rhythms
from eventlog.models import Figure, LeaseNumber

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
WEEK = timedelta(weeks=1)
pytestmark = pytest.mark.django_db


def make_number(
    number: str = "447700900100", *, last: datetime, known_since: datetime = MONDAY - 6 * WEEK
) -> LeaseNumber:
    return LeaseNumber.objects.create(
        number=number, first_event_at=known_since, last_event_at=last, last_event=1
    )


def make_office_hours(number: str = "447700900100", *, events: int = 6, weeks: int = 4) -> None:
    """Some events in each hour from eight to six, Monday to Friday, of the weeks before."""
    Figure.objects.bulk_create(
        Figure(
            span=Figure.Span.HOUR,
            lease_number=number,
            start=MONDAY - ago * WEEK + timedelta(days=day, hours=hour),
            events=events,
            tally=b"{}",
        )
        for ago in range(1, weeks + 1)
        for day in range(5)
        for hour in range(8, 18)
    )


def only(now: datetime) -> Rhythm:
    (rhythm,) = rhythms(now=now)
    return rhythm


def test_a_number_that_sleeps_at_night_is_not_silent() -> None:
    make_office_hours()
    make_number(last=MONDAY + timedelta(hours=17, minutes=59))
    rhythm = only(MONDAY + timedelta(days=1, hours=7))
    assert rhythm.pulse == "usual"
    assert rhythm.silence == timedelta(hours=13, minutes=1)
    assert rhythm.missing == pytest.approx(0.1)


def test_a_number_that_is_quiet_in_its_busy_hour_is_silent() -> None:
    make_office_hours()
    make_number(last=MONDAY + 9 * HOUR)
    assert only(MONDAY + 9.5 * HOUR).pulse == "usual"
    rhythm = only(MONDAY + 10 * HOUR)
    assert (rhythm.pulse, rhythm.missing) == ("silent", 6.0)


def test_a_weekend_does_not_count_but_the_morning_after_it_does() -> None:
    make_office_hours()
    make_number(last=MONDAY - 3 * 24 * HOUR + 17.9 * HOUR)  # Friday evening
    assert only(MONDAY + 8.5 * HOUR).pulse == "usual"
    assert only(MONDAY + 9 * HOUR).pulse == "silent"


def test_parts_of_hours_count_in_part() -> None:
    make_office_hours()
    make_number(last=MONDAY + 9.25 * HOUR)
    assert only(MONDAY + 10.5 * HOUR).missing == pytest.approx(7.5)


def test_one_odd_week_does_not_change_what_is_usual() -> None:
    make_office_hours()
    Figure.objects.filter(start__lt=MONDAY - 3 * WEEK).update(events=1000)
    make_number(last=MONDAY + 9 * HOUR)
    assert only(MONDAY + 10 * HOUR).missing == 6.0


def test_a_number_that_is_new_is_not_judged() -> None:
    make_office_hours()
    number = make_number(last=MONDAY + 9 * HOUR, known_since=MONDAY - WEEK)
    assert only(MONDAY + 12 * HOUR).pulse == "new"
    number.first_event_at = MONDAY - 2 * WEEK
    number.save()
    assert only(MONDAY + 12 * HOUR).pulse == "silent"


def test_a_number_known_for_two_weeks_is_judged_by_these_alone() -> None:
    make_office_hours(weeks=2)
    make_number(last=MONDAY + 9 * HOUR, known_since=MONDAY - 2 * WEEK)
    assert only(MONDAY + 10 * HOUR).missing == 6.0


def test_a_number_that_ended_long_ago_stays_silent_for_want_of_a_week_s_events() -> None:
    make_office_hours()
    make_number(last=MONDAY - WEEK)
    rhythm = only(MONDAY + HOUR)
    assert (rhythm.pulse, rhythm.missing) == ("silent", 300.0)


@pytest.mark.parametrize(
    "spelled", [("554199990001", "5541999990001"), ("5541999990001", "554199990001")]
)
def test_a_number_has_one_rhythm_in_all_its_spellings(spelled: tuple[str, str]) -> None:
    """As Meta named it until a week ago and since."""
    long_ago = MONDAY - 30 * WEEK
    make_number(spelled[0], last=MONDAY - WEEK, known_since=long_ago)
    make_number(spelled[1], last=MONDAY + 9 * HOUR, known_since=MONDAY - WEEK)
    make_office_hours(spelled[0], events=4)
    make_office_hours(spelled[1], events=2)
    assert only(MONDAY + 9.5 * HOUR).missing == 3.0
    rhythm = only(MONDAY + 10 * HOUR)
    assert (rhythm.pulse, rhythm.missing) == ("silent", 6.0)
    assert (rhythm.number.number, rhythm.number.first_event_at) == (spelled[1], long_ago)


def test_silent_numbers_come_first_then_the_longest_silence() -> None:
    make_office_hours("447700900100")
    make_number("447700900100", last=MONDAY + 9 * HOUR)
    make_number("447700900101", last=MONDAY)
    make_number("447700900102", last=MONDAY + 11 * HOUR)
    assert [rhythm.number.number for rhythm in rhythms(now=MONDAY + 12 * HOUR)] == [
        "447700900100",
        "447700900101",
        "447700900102",
    ]


def test_all_numbers_are_judged_with_two_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for last_digit in range(5):
        make_number(f"44770090010{last_digit}", last=MONDAY)
    with django_assert_num_queries(2):
        rhythms(now=MONDAY + 12 * HOUR)
