"""Lengths of time on a command line, and the windows that they make."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management.base import CommandError

from eventlog.management.moments import add_window, span, window
from eventlog.questions.windows import Window

NOW = datetime(2026, 6, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("words", "length"),
    [("30m", HOUR / 2), ("26h", 26 * HOUR), ("7d", 7 * 24 * HOUR), ("99999d", 99999 * 24 * HOUR)],
)
def test_a_length_of_time_is_read(words: str, length: timedelta) -> None:
    assert span(words) == length


@pytest.mark.parametrize("words", ["", "26", "h", "0h", "-1h", "1.5h", "26 h", "1w", "100000d"])
def test_what_is_none_is_refused(words: str) -> None:
    with pytest.raises(ArgumentTypeError):
        span(words)


def test_a_window_begins_so_long_before_its_end() -> None:
    assert window(None, None, now=NOW, last=2 * HOUR) == Window(start=NOW - 2 * HOUR)
    end = NOW - HOUR
    assert window(None, end, now=NOW, last=2 * HOUR) == Window(start=end - 2 * HOUR, end=end)


def test_a_window_that_has_not_begun_is_refused() -> None:
    with pytest.raises(CommandError, match="--last is in the future"):
        window(None, NOW + 3 * HOUR, now=NOW, last=2 * HOUR)


@pytest.mark.parametrize("required", [True, False])
def test_a_window_has_one_beginning(required: bool) -> None:
    parser = ArgumentParser()
    add_window(parser, since_required=required)
    assert parser.parse_args(["--last=26h"]).last == 26 * HOUR
    with pytest.raises(SystemExit):
        parser.parse_args(["--last=26h", "--since=2026-06-01"])
