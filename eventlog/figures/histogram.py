"""A histogram of durations in buckets of equal ratio, and percentiles from it."""

import math
from collections.abc import Mapping
from datetime import timedelta

# Four buckets to a doubling: each is 19 % wide, so a bucket's middle is at most 9 % off.
BUCKETS_PER_DOUBLING = 4
RESOLUTION = 2 ** (1 / (2 * BUCKETS_PER_DOUBLING)) - 1
SHORTEST = timedelta(milliseconds=1)  # what is shorter counts as this

Buckets = Mapping[int, int]  # bucket → how many


def bucket(duration: timedelta) -> int:
    """Returns the number of the bucket; clocks that disagree make no negative durations."""
    ratio = max(duration, SHORTEST) / SHORTEST
    return math.floor(math.log2(ratio) * BUCKETS_PER_DOUBLING)


def middle(number: int) -> timedelta:
    """Returns the geometric middle of a bucket."""
    return SHORTEST * 2 ** ((number + 0.5) / BUCKETS_PER_DOUBLING)


def percentile(buckets: Buckets, share: float) -> timedelta | None:
    """Returns the duration that this share (0 to 1) stays below, to RESOLUTION; None of none.

    The value is the middle of the bucket that holds the nearest rank.
    """
    rank = math.ceil(sum(buckets.values()) * share)
    seen = 0
    for number in sorted(buckets):
        seen += buckets[number]
        if seen >= rank > 0:
            return middle(number)
    return None
