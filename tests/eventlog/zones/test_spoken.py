"""Times as people say them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from eventlog.zones.spoken import NotUnderstood, spoken

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 10, 26, 9, 0, tzinfo=UTC)  # 10:00 in Amsterdam, a Monday after a long Sunday


def moments(words: str, zone: ZoneInfo = AMSTERDAM) -> list[str]:
    found = spoken(words, now=NOW, zone=zone)
    return [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in found.moments]


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("09:14", "2026-10-26 08:14:00"),
        ("9:14:05", "2026-10-26 08:14:05"),
        ("10:14", "2026-10-25 09:14:00"),  # today's is to come
        ("today 10:14", "2026-10-26 09:14:00"),
        ("  Yesterday   10:14 ", "2026-10-25 09:14:00"),
        ("2026-03-29 03:30", "2026-03-29 01:30:00"),
        ("2026-03-29T03:30:00.250", "2026-03-29 01:30:00"),
        ("29 Mar 03:30:07", "2026-03-29 01:30:07"),  # as lists print it
        ("29 Mar 2025 12:00", "2025-03-29 11:00:00"),
        ("25 Dec 10:00", "2025-12-25 09:00:00"),
        ("yesterday", "2026-10-24 22:00:00"),
        ("08:14 UTC", "2026-10-26 08:14:00"),
        ("2026-10-25T00:30:00Z", "2026-10-25 00:30:00"),
        ("2026-10-25 02:30 +0100", "2026-10-25 01:30:00"),
        ("2026-10-25T02:30+02:00", "2026-10-25 00:30:00"),
        ("25 Oct 02:30 CEST", "2026-10-25 00:30:00"),
        ("yesterday 02:30 cet", "2026-10-25 01:30:00"),
        ("1 Jun 10:14 CEST", "2026-06-01 08:14:00"),
    ],
)
def test_what_is_said_is_one_moment(words: str, meant: str) -> None:
    assert moments(words) == [meant]


def test_an_hour_that_comes_twice_is_two_moments() -> None:
    assert moments("yesterday 02:30") == ["2026-10-25 00:30:00", "2026-10-25 01:30:00"]


def test_an_hour_of_which_the_second_is_to_come_is_todays() -> None:
    between = datetime(2026, 10, 25, 1, tzinfo=UTC)  # 02:00 in Amsterdam, the second time
    found = spoken("02:30", now=between, zone=AMSTERDAM)
    assert [moment.hour for moment in found.moments] == [0, 1]
    assert {moment.day for moment in found.moments} == {25}


def test_an_hour_that_never_comes_is_said_to_be_missing() -> None:
    found = spoken("2026-03-29 02:30", now=NOW, zone=AMSTERDAM)
    assert (found.is_missing, found.moments) == (True, (datetime(2026, 3, 29, 1, tzinfo=UTC),))


def test_it_is_said_in_the_own_zone() -> None:
    assert moments("10:14", ZoneInfo("Asia/Kolkata")) == ["2026-10-26 04:44:00"]


@pytest.mark.parametrize(
    "words",
    [
        "", "soon", "10", "10:7", "24:00", "10:60", "2026-13-01", "31 Jun", "29 Feb", "9999-01-01",
        "0001-01-01 00:00", "1014", "10:14 XYZ", "09:14 CEST", "+0200", "10:14 +99:00", "١٠:١٤",
        "447700900102", "yesterday10:14",
    ],
)  # fmt: skip
def test_what_is_no_time_is_not_understood(words: str) -> None:
    with pytest.raises(NotUnderstood):
        spoken(words, now=NOW, zone=AMSTERDAM)
