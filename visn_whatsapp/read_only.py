"""Reading with the database's word that nothing is written."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import connection, transaction

T = TypeVar("T")


@contextmanager
def read_only() -> Iterator[None]:
    """The database refuses whatever would write within.

    On PostgreSQL a transaction, since a pooler gives the next one another session (decision 12).
    SQLite's transactions begin with the write lock here, so there it is the connection's own word.
    """
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON")
        try:
            yield
        finally:
            cursor.execute("PRAGMA query_only = OFF")


def each_read_only(rows: Iterator[T]) -> Iterator[T]:
    """Goes through what asks the database each time, and lets nothing be open in between."""
    while True:
        with read_only():
            row = next(rows, None)
        if row is None:
            return
        yield row
