"""Threads that start at the same moment, as callers of one process do."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection, connections

Result = TypeVar("Result")


def at_once(calls: Sequence[Callable[[], Result]], *, with_database: bool = True) -> list[Result]:
    """Makes all calls at the same moment, each in a thread with its own connection.

    Returns what each returned. Raises what the first of them raised, once all have ended.
    """
    if not calls:
        return []
    barrier = threading.Barrier(len(calls), timeout=30)

    def made(call: Callable[[], Result]) -> Result:
        try:
            if with_database:
                connection.ensure_connection()
            barrier.wait()
            return call()
        finally:
            if with_database:
                connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [done.result() for done in [pool.submit(made, call) for call in calls]]
