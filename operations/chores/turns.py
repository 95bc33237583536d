"""A chore's turn: a process is at each chore once at a time, so they leave threads to tasks.

A database that falls silent for good holds its thread for good, and the turn with it: nobody can
end a thread. So the process says that it lives no longer, and whoever watches it puts another in
its place. Nothing is doubled by that: what was not committed is undone, and a chore may be done by
several processes at once anyway.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Lock

from webhooks.chores import Chore

logger = logging.getLogger(__name__)

# A round ends after 50 seconds and the part that it is at: some hundreds of statements, each of
# which has its limit (decision 13). Cloud Scheduler has given it up after 180 seconds.
HELD_SECONDS = 900.0


class AtWork(Exception):
    """This process is at the chore already; whoever asks had better come again."""


class Turn:
    """The turn of one chore."""

    def __init__(self, chore: Chore) -> None:
        self._chore = chore
        self._lock = Lock()
        self._taken_at: float | None = None  # by the monotonic clock
        self._told = False  # that it does not end

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Takes it until the end of the block. Raises AtWork at once where it is taken."""
        if not self._lock.acquire(blocking=False):
            raise AtWork
        self._taken_at, self._told = time.monotonic(), False
        try:
            yield
        finally:
            self._taken_at = None
            self._lock.release()

    def hangs(self) -> bool:
        """Whether it is held for longer than any round takes, which is told once."""
        taken_at = self._taken_at
        if taken_at is None or (held := time.monotonic() - taken_at) <= HELD_SECONDS:
            return False
        if not self._told:
            self._told = True
            logger.error(
                "A round of a chore does not end.",
                extra={"kind": self._chore.value, "seconds": round(held)},
            )
        return True


_TURNS = {chore: Turn(chore) for chore in Chore}


def turn(chore: Chore) -> AbstractContextManager[None]:
    """Takes the turn until the end of the block. Raises AtWork at once where it is taken."""
    return _TURNS[chore].taken()


def hang() -> bool:
    """Whether a round of this process does not end."""
    return any(turn.hangs() for turn in _TURNS.values())
