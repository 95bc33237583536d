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

# A round ends after 50 seconds and the step that it is at, each statement of which has its limit
# (decision 13). Cloud Scheduler has given it up after 180.
HELD_SECONDS = 300.0


class AtWork(Exception):
    """This process is at the chore already; whoever asks had better come again."""


class Turn:
    """The turn of one chore."""

    def __init__(self, chore: Chore) -> None:
        self._chore = chore
        self._lock = Lock()
        self._taken_at: float | None = None  # by the monotonic clock

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Takes it until the end of the block. Raises AtWork at once where it is taken."""
        if not self._lock.acquire(blocking=False):
            self._tell()
            raise AtWork
        self._taken_at = time.monotonic()
        try:
            yield
        finally:
            self._taken_at = None
            self._lock.release()

    @property
    def hangs(self) -> bool:
        """Whether it is held for longer than any round takes."""
        held = self._held()
        return held is not None and held > HELD_SECONDS

    def _held(self) -> float | None:
        """For how many seconds; None if nobody holds it."""
        taken_at = self._taken_at
        return None if taken_at is None else time.monotonic() - taken_at

    def _tell(self) -> None:
        if self.hangs:
            logger.error(
                "A round of a chore does not end.",
                extra={"kind": self._chore.value, "seconds": round(self._held() or 0)},
            )


_TURNS = {chore: Turn(chore) for chore in Chore}


def turn(chore: Chore) -> AbstractContextManager[None]:
    """Takes the turn until the end of the block. Raises AtWork at once where it is taken."""
    return _TURNS[chore].taken()


def hang() -> bool:
    """Whether a round of this process does not end."""
    return any(turn.hangs for turn in _TURNS.values())
