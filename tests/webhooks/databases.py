"""Databases that really refuse, on SQLite and on PostgreSQL."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper


def execute(statement: str, *, on: BaseDatabaseWrapper = connection) -> list[tuple[Any, ...]]:
    """Runs one statement and returns its rows."""
    with on.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


@contextmanager
def read_only() -> Iterator[None]:
    """Refuses every write, like a database whose disk is full or that is a replica now."""
    if connection.vendor == "sqlite":
        execute("PRAGMA query_only = ON")
    else:
        execute("SET default_transaction_read_only = on")
    try:
        yield
    finally:
        connection.close()


@contextmanager
def new_sessions_read_only() -> Iterator[None]:
    """As on a standby; of PostgreSQL. The test's own session stays as it is."""
    name = connection.settings_dict["NAME"]
    execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    try:
        yield
    finally:
        execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")


@contextmanager
def out_of_reach() -> Iterator[None]:
    """Somebody else holds the file, or the server has ended our session."""
    other = connection.copy()
    try:
        if connection.vendor == "sqlite":
            execute("PRAGMA busy_timeout = 50")
            execute("BEGIN IMMEDIATE", on=other)
        else:
            ((session,),) = execute("SELECT pg_backend_pid()")
            execute(f"SELECT pg_terminate_backend({session}, 5000)", on=other)
        yield
    finally:
        other.close()
        connection.close()


OUTAGES: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "read only": read_only,
    "out of reach": out_of_reach,
}
