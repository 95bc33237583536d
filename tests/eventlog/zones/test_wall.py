"""What clocks on the wall show, on the days on which they are set too."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from eventlog.zones.wall import Meant, days_before, in_utc, meant, midnight, shown, which

AMSTERDAM, SANTIAGO = ZoneInfo("Europe/Amsterdam"), ZoneInfo("America/Santiago")
KOLKATA, LORD_HOWE = ZoneInfo("Asia/Kolkata"), ZoneInfo("Australia/Lord_Howe")
HOUR = timedelta(hours=1)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "zone", "moments"),
    [
        ("2026-06-01 10:14", AMSTERDAM, [utc(2026, 6, 1, 8, 14)]),
        ("2026-06-01 10:14", KOLKATA, [utc(2026, 6, 1, 4, 44)]),
        ("2026-10-25 02:30", AMSTERDAM, [utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 30)]),
        ("2026-10-25 03:00", AMSTERDAM, [utc(2026, 10, 25, 2)]),
        # South of the equator, at midnight: the last hour of 4 April comes twice.
        ("2026-04-04 23:30", SANTIAGO, [utc(2026, 4, 5, 2, 30), utc(2026, 4, 5, 3, 30)]),
        # Clocks that are set by half an hour.
        ("2026-04-05 01:45", LORD_HOWE, [utc(2026, 4, 4, 14, 45), utc(2026, 4, 4, 15, 15)]),
    ],
)
def test_a_time_means_the_moments_at_which_clocks_show_it(
    words: str, zone: ZoneInfo, moments: list[datetime]
) -> None:
    assert meant(datetime.fromisoformat(words), zone) == Meant(moments=tuple(moments))


@pytest.mark.parametrize(
    ("words", "zone", "moment"),
    [
        ("2026-03-29 02:30", AMSTERDAM, utc(2026, 3, 29, 1)),
        ("2026-03-29 02:00", AMSTERDAM, utc(2026, 3, 29, 1)),
        ("2026-09-06 00:15", SANTIAGO, utc(2026, 9, 6, 4)),
        ("2026-10-04 02:10", LORD_HOWE, utc(2026, 10, 3, 15, 30)),
        ("2011-12-30 12:00", ZoneInfo("Pacific/Apia"), utc(2011, 12, 30, 10)),  # no such day
    ],
)
def test_a_time_that_no_clock_shows_is_when_they_were_set(
    words: str, zone: ZoneInfo, moment: datetime
) -> None:
    assert meant(datetime.fromisoformat(words), zone) == Meant(moments=(moment,), is_missing=True)


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 3, 28), AMSTERDAM, 24),
        (date(2026, 3, 29), AMSTERDAM, 23),
        (date(2026, 10, 25), AMSTERDAM, 25),
        (date(2026, 9, 6), SANTIAGO, 23),  # it begins at 01:00
        (date(2026, 4, 4), SANTIAGO, 25),
        (date(2026, 4, 5), LORD_HOWE, 24.5),
        (date(2026, 3, 29), KOLKATA, 24),
        (date(2026, 11, 1), ZoneInfo("America/Havana"), 25),  # its midnight comes twice
    ],
)
def test_a_day_is_as_long_as_it_is(day: date, zone: ZoneInfo, hours: float) -> None:
    start = midnight(day, zone)
    assert midnight(day + timedelta(days=1), zone) - start == hours * HOUR
    for moment in (start, start + hours * HOUR - timedelta(seconds=1)):
        assert days_before(moment, 0, zone) == start
    assert days_before(start + hours * HOUR, 1, zone) == start


def test_only_what_clocks_show_twice_says_which_it_is() -> None:
    first, second = (utc(2026, 10, 25, hour, 30).astimezone(AMSTERDAM) for hour in (0, 1))
    assert [shown(each, "%H:%M") for each in (first, second)] == ["02:30 CEST", "02:30 CET"]
    assert which(utc(2026, 10, 25, 2).astimezone(AMSTERDAM)) == ""
    assert which(utc(2026, 4, 5, 3, 30).astimezone(SANTIAGO)) == "-04"
    assert shown(utc(2026, 10, 25, 0, 30), "%H:%M") == "00:30"


def test_utc_is_said_in_full() -> None:
    moment = utc(2026, 6, 1, 8, 14) + timedelta(seconds=5)
    assert in_utc(moment.astimezone(KOLKATA)) == "01 Jun 2026 08:14:05 UTC"
