"""How long a look at the database may wait: somebody may hold a lock for hours."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

LOCK_SECONDS = 5.0
STATEMENT_SECONDS = 20.0


@contextmanager
def in_time() -> Iterator[None]:
    """PostgreSQL breaks off what takes longer. Raises Django's OperationalError then.

    In a transaction, since a pooler gives the next one another session (decision 12). SQLite waits
    for nobody who writes.
    """
    if connection.vendor != "postgresql":
        yield
        return
    limits = {"lock_timeout": LOCK_SECONDS, "statement_timeout": STATEMENT_SECONDS}
    with transaction.atomic(), connection.cursor() as cursor:
        for name, seconds in limits.items():
            cursor.execute("SELECT set_config(%s, %s, true)", [name, f"{seconds * 1000:.0f}"])
        yield
