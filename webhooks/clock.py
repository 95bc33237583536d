"""The ledger's clock: the database's, which all processes that share the ledger read alike."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.utils import timezone

LATE = timedelta(minutes=2)  # by how much a row may be committed after the moment that it bears


def now() -> datetime:
    """Returns PostgreSQL's clock; on SQLite, which serves one machine, the process's.

    Unlike `now()` in SQL it moves within a transaction. A statement that writes anyway tells the
    time itself (`statement_time`), one that reads takes it along (`column`): this costs one of
    its own. Raises Django's database errors.
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


def statement_time(moment: str) -> str:
    """The SQL for a moment in a statement that writes: what stands for it or, for NULL, now."""
    return f"COALESCE({moment}, clock_timestamp())" if connection.vendor == "postgresql" else moment


def column() -> str:
    """The SQL of a column in which a statement that reads anyway takes the time along."""
    return "clock_timestamp()" if connection.vendor == "postgresql" else "NULL"


def going_on_from(moment: datetime | None) -> Callable[[], datetime]:
    """Returns the clock as it goes on from what was read in that column.

    For seconds, such as a task takes. It goes by the time that passes here, not by the time that
    it is here, and costs no query.
    """
    if moment is None:
        return timezone.now
    start, read_at = moment.astimezone(UTC), time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - read_at)
