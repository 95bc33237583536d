"""The channels and the hours that the settings name."""

from datetime import UTC, date, datetime

from pytest_django import Settings

from eventlog.channels.configured import configured, digest_hour, is_quiet


def test_hours_are_those_of_the_settings(settings: Settings) -> None:
    night = datetime(2026, 1, 15, 3, tzinfo=UTC)
    assert (is_quiet(night), digest_hour()) == (False, None)
    settings.CHANNELS_QUIET, settings.CHANNELS_DIGEST = "22:00-07:00", "07:30 Europe/Amsterdam"
    assert is_quiet(night)
    hour = digest_hour()
    assert hour is not None
    assert hour.last(night).day == date(2026, 1, 14)


def test_an_address_is_not_shown(settings: Settings) -> None:
    settings.CHANNELS = ("ops=slack://a/b/c", "json://example.com/?x=1")
    first, second = configured()
    assert (first.name, first.scheme, second.name) == ("ops", "slack", "channel-2")
    assert "a/b/c" not in repr(first)
