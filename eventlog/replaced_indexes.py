"""Drops the indexes in whose place others are, once no release before looks into them."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import Error, connection
from django.db.migrations.recorder import MigrationRecorder

from eventlog.older_rows import SIDE_BY_SIDE

logger = logging.getLogger(__name__)

# By the migration that made the others. A release that uses none of them can come back, but takes
# its time: `manage.py migrate webhooks 0008` makes them again beside everything else.
REPLACED: Mapping[tuple[str, str], Sequence[str]] = {
    ("webhooks", "0009_what_is_rare"): (
        "event_state",
        "event_reason",
        "event_message_id",
        "event_target_id",
        "event_failed_lease_number",
        "event_failed_lease",
        "event_unseen",
    ),
}
_THERE = (
    "SELECT relname FROM pg_class WHERE relkind = 'i' AND relname = ANY(%s) "
    "AND pg_table_is_visible(oid) ORDER BY relname"
)


def drop_replaced(*, now: datetime) -> Sequence[str]:
    """Drops those that are there an hour after their migration; returns their names.

    Beside reads and writes. What cannot be dropped is left to the next time. Not in a transaction.
    Raises Django's database errors if the database cannot be asked.
    """
    if connection.vendor != "postgresql":
        return ()
    names = [
        name
        for (app, migration), names in REPLACED.items()
        if MigrationRecorder.Migration.objects.filter(
            app=app, name=migration, applied__lte=now - SIDE_BY_SIDE
        ).exists()
        for name in names
    ]
    with connection.cursor() as cursor:
        cursor.execute(_THERE, [names])
        there = [name for (name,) in cursor.fetchall()]
    return [name for name in there if _drop(name)]


def _drop(name: str) -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
    except Error as error:
        logger.warning("An index cannot be dropped yet.", extra={"error": type(error).__name__})
        return False
    return True
