"""The ledger's clock: the database's, which all processes that share the ledger read alike."""

from datetime import UTC, datetime

from django.db import connection
from django.utils import timezone


def now() -> datetime:
    """Returns PostgreSQL's clock; on SQLite, which serves one machine, the process's.

    Unlike `now()` in SQL it moves within a transaction. A statement that writes anyway tells the
    time itself (`statement_time`): this costs one of its own. Raises Django's database errors.
    """
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment.astimezone(UTC)


def as_written(moment: datetime | None) -> datetime | None:
    """The value of a moment that is written; None leaves it to the clock, see `statement_time`."""
    return moment if moment or connection.vendor == "postgresql" else timezone.now()


def statement_time() -> str:
    """The SQL for a moment in a statement that writes: its value (one %s) or, for NULL, now."""
    return "COALESCE(%s, clock_timestamp())" if connection.vendor == "postgresql" else "%s"
