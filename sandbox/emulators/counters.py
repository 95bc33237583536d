"""How often each method of each stand-in was called."""

import collections
import threading


class Counters:
    """Counts calls, refused ones included. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: collections.Counter[tuple[str, str]] = collections.Counter()

    def count(self, *, service: str, method: str) -> None:
        """Adds one call."""
        with self._lock:
            self._calls[service, method] += 1

    def read(self) -> dict[str, dict[str, int]]:
        """Returns service → method → calls since the start or the last `clear`."""
        calls: dict[str, dict[str, int]] = {}
        with self._lock:
            for (service, method), number in sorted(self._calls.items()):
                calls.setdefault(service, {})[method] = number
        return calls

    def clear(self) -> None:
        """Begins to count from zero."""
        with self._lock:
            self._calls.clear()
