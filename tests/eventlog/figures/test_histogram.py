"""Histograms of durations: how exact their percentiles are."""

import random
from datetime import timedelta

import pytest

from eventlog.figures.histogram import RESOLUTION, bucket, middle, percentile
from eventlog.figures.tally import count


@pytest.mark.parametrize("seconds", [0.001, 0.0011, 0.05, 1, 59.9, 3600, 7 * 24 * 3600])
def test_the_middle_of_a_bucket_is_close_to_what_is_in_it(seconds: float) -> None:
    found = middle(bucket(timedelta(seconds=seconds))).total_seconds()
    assert found == pytest.approx(seconds, rel=RESOLUTION * 1.01)


def test_the_resolution_is_nine_per_cent() -> None:
    assert round(RESOLUTION, 2) == 0.09


@pytest.mark.parametrize("microseconds", [-5_000_000, 0, 1, 999])
def test_what_is_shorter_than_a_millisecond_or_negative_counts_as_one(microseconds: int) -> None:
    assert bucket(timedelta(microseconds=microseconds)) == 0


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99])
def test_percentiles_are_close_to_the_exact_ones(share: float) -> None:
    source = random.Random(7)  # noqa: S311 (durations are no secret)
    durations = sorted(source.lognormvariate(0, 1.5) for _ in range(5000))
    buckets: dict[int, int] = {}
    for seconds in durations:
        count(buckets, bucket(timedelta(seconds=seconds)))
    exact = durations[int(len(durations) * share) - 1]
    found = percentile(buckets, share)
    assert found is not None
    assert found.total_seconds() == pytest.approx(exact, rel=RESOLUTION * 1.01)


def test_nothing_has_no_percentile() -> None:
    assert percentile({}, 0.5) is None


def test_one_value_is_every_percentile() -> None:
    assert percentile({8: 1}, 0.5) == percentile({8: 1}, 0.99) == middle(8)
