"""A chore's turn: a process is at each chore once at a time, so they leave threads to tasks."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from webhooks.chores import Chore


class AtWork(Exception):
    """This process is at the chore already; whoever asks had better come again."""


_TURNS = {chore: Lock() for chore in Chore}


@contextmanager
def turn(chore: Chore) -> Iterator[None]:
    """Takes the turn until the end of the block. Raises AtWork at once where it is taken."""
    lock = _TURNS[chore]
    if not lock.acquire(blocking=False):
        raise AtWork
    try:
        yield
    finally:
        lock.release()
