"""Counts refused callers for the operators, at a cost that no attacker can drive up."""

import logging
import math
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime

from django.db import Error, transaction

from webhooks.models import RefusalCount
from webhooks.rows import update

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 1.0

# Several processes may be the first of a day at once: for none of them does anything fail.
_ADD = (
    "INSERT INTO webhooks_refusalcount (day, cause, count) VALUES (%(day)s, %(cause)s, %(count)s) "
    "ON CONFLICT (day, cause) DO UPDATE SET count = webhooks_refusalcount.count + excluded.count"
)


class RefusalCounter:
    """Counts in memory, and adds to the ledger's row of the day and cause once a second at most.

    So the database holds a few rows per day and is written once a second per process, however
    many callers are refused. What was counted within the last second before a process ends is
    lost; the log has a line for each.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._pending: Counter[tuple[date, str]] = Counter()
        self._next_flush = 0.0

    def add(self, cause: str, *, now: datetime) -> None:
        """Counts one refused request."""
        with self._lock:
            self._pending[now.astimezone(UTC).date(), cause] += 1
        self.flush_if_due()

    def flush_if_due(self) -> None:
        """Writes what is pending, unless something was written less than a second ago."""
        pending = self._take_if_due()
        if not pending:
            return
        try:
            with transaction.atomic():
                # In one order, so that two processes do not wait upon each other.
                for (day, cause), count in sorted(pending.items()):
                    _add_to_ledger(day, cause, count)
        except Error:
            logger.warning("Refused requests could not be counted.")
            self._put_back(pending)
        finally:
            self._next_flush = self._clock() + FLUSH_SECONDS

    def _take_if_due(self) -> Counter[tuple[date, str]]:
        with self._lock:
            if not self._pending or self._clock() < self._next_flush:
                return Counter()
            self._next_flush = math.inf  # one thread at a time waits for the database
            pending, self._pending = self._pending, Counter()
            return pending

    def _put_back(self, pending: Counter[tuple[date, str]]) -> None:
        with self._lock:
            self._pending.update(pending)


def _add_to_ledger(day: date, cause: str, count: int) -> None:
    update(RefusalCount, _ADD, {"day": day, "cause": cause, "count": count})


refusals = RefusalCounter()
