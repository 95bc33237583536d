"""Lengths of time in addresses."""

from datetime import timedelta

import pytest

from eventlog.questions.lengths import length_words, read_length, write_length


@pytest.mark.parametrize(
    ("words", "length", "told"),
    [
        ("90s", timedelta(seconds=90), "90 s"),
        ("10m", timedelta(minutes=10), "10 min"),
        ("26h", timedelta(hours=26), "26 h"),
        ("7d", timedelta(days=7), "7 d"),
    ],
)
def test_a_length_is_read_as_it_is_written(words: str, length: timedelta, told: str) -> None:
    assert (read_length(words), write_length(length), length_words(length)) == (length, words, told)


def test_a_length_is_written_in_the_largest_unit_that_divides_it() -> None:
    assert write_length(timedelta(seconds=3600)) == "1h"
    assert write_length(timedelta(seconds=3660)) == "61m"


@pytest.mark.parametrize("words", ["", "0s", "1", "1.5s", "-1s", "1w", "١s", "1000000s", "s"])
def test_what_is_no_length_is_none(words: str) -> None:
    assert read_length(words) is None
