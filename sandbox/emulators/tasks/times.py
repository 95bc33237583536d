"""Times and durations of the protocol, as seconds and to the microsecond."""

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

MILLION = 1_000_000


def seconds(value: Timestamp | Duration) -> float:
    """Returns seconds since 1970, or of the duration."""
    return value.ToMicroseconds() / MILLION


def set_time(timestamp: Timestamp, moment: float) -> None:
    """Sets a time given in seconds since 1970."""
    timestamp.FromMicroseconds(round(moment * MILLION))


def set_duration(duration: Duration, length: float) -> None:
    """Sets a duration given in seconds."""
    duration.FromMicroseconds(round(length * MILLION))
