"""Hours of the day, on days of 23, 24 and 25 hours."""

from datetime import UTC, date, datetime, timedelta

import pytest

from visn_whatsapp.hours import Due, Hour, HoursUnreadable, Span

MINUTE = timedelta(minutes=1)
AMSTERDAM = "Europe/Amsterdam"


@pytest.mark.parametrize(
    ("words", "hour", "within"),
    [
        ("22:00-07:00", 21, False),
        ("22:00-07:00", 22, True),
        ("22:00-07:00", 3, True),
        ("22:00-07:00", 7, False),
        ("12:00-13:00", 12, True),
        ("12:00-13:00", 13, False),
        ("12:00-13:00 Europe/Berlin", 11, True),  # one hour ahead in winter
    ],
)
def test_a_span_goes_from_hour_to_hour(words: str, hour: int, within: bool) -> None:
    assert Span.read(words).holds(datetime(2026, 1, 15, hour, tzinfo=UTC)) is within


@pytest.mark.parametrize(
    "words", ["night", "22:00", "22:00-25:00", "22:00-07:00 Nowhere/There", "22:00-07:00 ../etc"]
)
def test_a_span_that_is_none_is_an_error(words: str) -> None:
    with pytest.raises(HoursUnreadable):
        Span.read(words)


@pytest.mark.parametrize(
    "words", ["", "7:30", "07:30-08:00", "25:00", "07:30+01:00", "07:30 Mars", "07:30 Europe"]
)
def test_an_hour_that_is_none_is_an_error(words: str) -> None:
    with pytest.raises(HoursUnreadable):
        Hour.read(words)


@pytest.mark.parametrize(
    ("words", "day", "at"),
    [
        (f"07:30 {AMSTERDAM}", date(2026, 1, 15), datetime(2026, 1, 15, 6, 30, tzinfo=UTC)),
        (f"07:30 {AMSTERDAM}", date(2026, 7, 15), datetime(2026, 7, 15, 5, 30, tzinfo=UTC)),
        ("07:30", date(2026, 7, 15), datetime(2026, 7, 15, 7, 30, tzinfo=UTC)),
        # A day of 23 hours has no 02:30: an hour later by the clock, as much later as it was set.
        (f"02:30 {AMSTERDAM}", date(2026, 3, 29), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        # A day of 25 hours has it twice: the first.
        (f"02:30 {AMSTERDAM}", date(2026, 10, 25), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (f"00:10 {AMSTERDAM}", date(2026, 1, 15), datetime(2026, 1, 14, 23, 10, tzinfo=UTC)),
    ],
)
def test_an_hour_is_due_when_its_zone_says_so(words: str, day: date, at: datetime) -> None:
    hour = Hour.read(words)
    assert hour.last(at) == Due(day=day, at=at)
    assert hour.last(at - MINUTE).day == day - timedelta(days=1)


@pytest.mark.parametrize("hour", ["02:30", "03:00", "07:30", "00:00", "23:59"])
@pytest.mark.parametrize("first", [date(2026, 3, 28), date(2026, 10, 24), date(2026, 1, 30)])
def test_each_day_has_it_once(hour: str, first: date) -> None:
    """By whatever minute one looks, also where a day has 23 hours or 25."""
    read = Hour.read(f"{hour} {AMSTERDAM}")
    start = datetime.combine(first, datetime.min.time(), UTC)
    found = {read.last(start + place * MINUTE) for place in range(4 * 24 * 60)}
    assert len({due.day for due in found}) == len(found) == 5
    assert all(due.at <= start + timedelta(days=4) for due in found)
