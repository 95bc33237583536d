"""When it is quiet."""

from datetime import UTC, datetime

import pytest
from pytest_django import Settings

from eventlog.channels.configured import QuietUnreadable, configured, is_quiet


@pytest.mark.parametrize(
    ("words", "hour", "quiet"),
    [
        ("", 3, False),
        ("22:00-07:00", 21, False),
        ("22:00-07:00", 22, True),
        ("22:00-07:00", 3, True),
        ("22:00-07:00", 7, False),
        ("12:00-13:00", 12, True),
        ("12:00-13:00", 13, False),
        ("12:00-13:00 Europe/Berlin", 11, True),  # one hour ahead in winter
    ],
)
def test_it_is_quiet_between_the_hours(
    settings: Settings, words: str, hour: int, quiet: bool
) -> None:
    settings.CHANNELS_QUIET = words
    assert is_quiet(datetime(2026, 1, 15, hour, tzinfo=UTC)) is quiet


@pytest.mark.parametrize("words", ["night", "22:00", "22:00-25:00", "22:00-07:00 Nowhere/There"])
def test_what_is_not_understood_is_an_error(settings: Settings, words: str) -> None:
    settings.CHANNELS_QUIET = words
    with pytest.raises(QuietUnreadable):
        is_quiet(datetime(2026, 1, 15, tzinfo=UTC))


def test_an_address_is_not_shown(settings: Settings) -> None:
    settings.CHANNELS = ("ops=slack://a/b/c", "json://example.com/?x=1")
    first, second = configured()
    assert (first.name, first.scheme, second.name) == ("ops", "slack", "channel-2")
    assert "a/b/c" not in repr(first)
