"""The ledger's clock: the database's, which all processes that share the ledger read alike."""

from datetime import UTC, datetime

from django.db import connection
from django.utils import timezone


def now() -> datetime:
    """Returns PostgreSQL's clock; on SQLite, which serves one machine, the process's.

    Unlike `now()` in SQL it moves within a transaction. A statement that reads or writes anyway
    takes the time along instead (`clock_timestamp()`): this costs one of its own. Raises Django's
    database errors.
    """
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment.astimezone(UTC)
