"""The pauses between attempts, as Google's documentation gives them."""

import pytest

from sandbox.emulators.tasks.messages import RetryConfig
from sandbox.emulators.tasks.queue import backoff
from tests.sandbox.emulators.tasks.conftest import duration


@pytest.mark.parametrize(
    ("doublings", "expected"),
    [
        (3, [10, 20, 40, 80, 160, 240, 300, 300]),  # the documentation's own example
        (0, [10, 20, 30, 40, 50, 60, 70, 80]),
        (16, [10, 20, 40, 80, 160, 300, 300, 300]),
    ],
)
def test_pauses_double_then_grow_evenly_then_stay(doublings: int, expected: list[float]) -> None:
    config = RetryConfig(
        min_backoff=duration(10), max_backoff=duration(300), max_doublings=doublings
    )
    assert [backoff(config, retry=number) for number in range(1, 9)] == expected


def test_many_retries_stay_at_the_greatest_pause() -> None:
    config = RetryConfig(min_backoff=duration(0.1), max_backoff=duration(3600), max_doublings=16)
    assert backoff(config, retry=100_000) == 3600
