"""Times of the store: microseconds since 1970, each later than the one before."""

import time

from google.protobuf.timestamp_pb2 import Timestamp

MILLION = 1_000_000


class Clock:
    """Gives every commit a time of its own."""

    def __init__(self) -> None:
        self._latest = 0

    def tick(self) -> Timestamp:
        """Returns the time of a commit."""
        self._latest = max(self._latest + 1, time.time_ns() // 1000)
        return _timestamp(self._latest)

    def now(self) -> Timestamp:
        """Returns the time of a read: not before the commits that it sees."""
        return _timestamp(max(self._latest, time.time_ns() // 1000))


def microseconds(timestamp: Timestamp) -> int:
    """Returns the number that orders timestamps."""
    return timestamp.seconds * MILLION + timestamp.nanos // 1000


def whole_milliseconds(timestamp: Timestamp) -> Timestamp:
    """Returns the time as SERVER_TIMESTAMP gives it, cut to milliseconds."""
    return _timestamp(microseconds(timestamp) // 1000 * 1000)


def _timestamp(number: int) -> Timestamp:
    return Timestamp(seconds=number // MILLION, nanos=number % MILLION * 1000)
