"""How long something takes by itself, on a machine that may be busy with something else."""

import time
from collections.abc import Callable

TIMES = 3


def least_seconds(call: Callable[[], object], *, enough: float) -> float:
    """Returns the least that a call took of so many; it is called again where that is not enough.

    Other work makes a call longer and never shorter: what is too slow each time is so by itself.
    """
    least = float("inf")
    for _ in range(TIMES):
        start = time.monotonic()
        call()
        least = min(least, time.monotonic() - start)
        if least < enough:
            break
    return least
