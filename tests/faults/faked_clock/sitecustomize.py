"""Lets a process whose clock libfaketime shifts sleep: `time.sleep` raises there.

With DONT_FAKE_MONOTONIC, without which waits of threads never end, libfaketime 0.9.10 answers
clock_nanosleep, by which Python sleeps from 3.11 on, with EINVAL. Waiting for nothing is as long.
"""

import select
import time
from typing import SupportsIndex


def _sleep(seconds: float | SupportsIndex) -> None:
    select.select([], [], [], float(seconds))


time.sleep = _sleep
