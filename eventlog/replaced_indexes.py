"""Drops the indexes in whose place others are, once no release before looks into them."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from eventlog.older_rows import SIDE_BY_SIDE
from visn_whatsapp.indexes import RemoveReplacedIndex

logger = logging.getLogger(__name__)

_THERE = (
    "SELECT relname FROM pg_class WHERE relkind = 'i' AND relname = ANY(%s) "
    "AND pg_table_is_visible(oid) ORDER BY relname"
)


def replaced() -> Mapping[tuple[str, str], Sequence[str]]:
    """The indexes by the migration that made others in their place, as (app, name).

    A release that uses none of the others can come back, but takes its time: to migrate to before
    that migration makes what is gone again, beside everything else.
    """
    found = {
        key: [each.name for each in migration.operations if isinstance(each, RemoveReplacedIndex)]
        for key, migration in MigrationLoader(None).disk_migrations.items()
    }
    return {key: names for key, names in found.items() if names}


def drop_replaced(*, now: datetime, dry_run: bool = False) -> Sequence[str]:
    """Drops those that are there an hour after their migration; returns their names.

    Beside reads and writes, and as the owner of the tables. What cannot be dropped is left to the
    next time. Not in a transaction. Raises Django's database errors if the database cannot be
    asked.
    """
    if connection.vendor != "postgresql":
        return ()
    applied = MigrationRecorder.Migration.objects.filter(applied__lte=now - SIDE_BY_SIDE)
    long_ago = set(applied.values_list("app", "name"))
    names = [name for key, names in replaced().items() if key in long_ago for name in names]
    with connection.cursor() as cursor:
        cursor.execute(_THERE, [names])
        there = [name for (name,) in cursor.fetchall()]
    return [name for name in there if dry_run or _drop(name)]


def _drop(name: str) -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
    except Error as error:
        logger.warning("An index cannot be dropped yet.", extra={"error": type(error).__name__})
        return False
    return True
