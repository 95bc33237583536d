"""The end of a process: it sends what is left, and waits for no collector longer than this."""

import time
from collections.abc import Callable
from multiprocessing.util import Finalize
from threading import Event, Thread

END_SECONDS = 3.0  # for all that is exported; Cloud Run leaves a process ten

_begun: list[float] = []  # when the end began, once it has


def at_the_end(stop: Callable[[], None], shut_down: Callable[[], None]) -> None:
    """Lets a process that ends stop exporting and send what is left.

    The SDK by itself would wait for a collector for half a minute. And not by `atexit`, nor by the
    SDK that uses it: a worker of the server's is a forked process, in which Python 3.11 runs
    nothing of that. Its thread is there beforehand: a Python that ends starts none (3.12).
    """
    ends = Event()

    def end_with_it() -> None:
        ends.wait()
        shut_down()

    ending = Thread(target=end_with_it, name="telemetry_end", daemon=True)
    ending.start()

    def tell() -> None:
        stop()
        ends.set()

    def wait() -> None:
        if not _begun:
            _begun.append(time.monotonic())
        ending.join(max(0.0, _begun[0] + END_SECONDS - time.monotonic()))

    # All are told before the first is waited for.
    Finalize(None, tell, exitpriority=1)
    Finalize(None, wait, exitpriority=0)
