"""Which words are a moment, in an address and on a command line alike."""

from argparse import ArgumentTypeError
from datetime import UTC, datetime

import pytest

from eventlog.management.moments import moment
from eventlog.moments import read_moment


@pytest.mark.parametrize("year", [1970, 2999])
def test_an_address_and_a_command_line_mean_the_same(year: int) -> None:
    words = f"{year}-06-01T10:14+00:00"
    assert read_moment(words) == moment(words) == datetime(year, 6, 1, 10, 14, tzinfo=UTC)


@pytest.mark.parametrize("words", ["", "soon", "1969-12-31T10:14", "3000-01-01T10:14"])
def test_what_is_none_is_passed_over_or_refused(words: str) -> None:
    assert read_moment(words) is None
    with pytest.raises(ArgumentTypeError):
        moment(words)
