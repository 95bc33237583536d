"""How much work a database does, counted in a way that no busy machine can disturb."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection

STEPS = 100  # of SQLite's virtual machine between two looks


@dataclass(kw_only=True)
class Work:
    """On SQLite hundreds of steps of its virtual machine, on PostgreSQL rows that were read."""

    amount: int = 0


@contextmanager
def counted() -> Iterator[Work]:
    """Counts the work of the queries within, in the test's own transaction."""
    connection.ensure_connection()
    counter = _sqlite if connection.vendor == "sqlite" else _postgresql
    with counter() as work:
        yield work


@contextmanager
def _sqlite() -> Iterator[Work]:
    work = Work()

    def look() -> int:
        work.amount += 1
        return 0

    set_handler: Callable[[Callable[[], int] | None, int], None]
    set_handler = connection.connection.set_progress_handler
    set_handler(look, STEPS)
    try:
        yield work
    finally:
        set_handler(None, STEPS)


@contextmanager
def _postgresql() -> Iterator[Work]:
    work = Work()
    before = _rows_read()
    try:
        yield work
    finally:
        work.amount = _rows_read() - before


def _rows_read() -> int:
    """Rows that this transaction has read so far, from tables and through indexes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables"
        )
        return int(cursor.fetchone()[0] or 0)
