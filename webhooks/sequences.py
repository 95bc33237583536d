"""Sequences that stand behind their tables, as after a restore or a logical failover.

Whatever key they give out next is taken, and the row that is to bear it is refused.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import IntegrityError, connection
from django.db.models import AutoField

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Behind:
    """A sequence that gives out keys that are taken."""

    sequence: str  # quoted, with its schema
    table: str
    column: str
    next: int  # what it would give out
    highest: int  # key in the table


def note(error: Exception) -> None:
    """Says which constraint was broken by rows that are sound: nearly always that of a key.

    The constraint's name is ours. PostgreSQL's own words hold values.
    """
    if isinstance(error, IntegrityError):
        constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        logger.error(
            "The ledger has a key already that it gave out for a new row.",
            extra={"constraint": constraint},
        )


def behind() -> Iterator[Behind]:
    """Looks at the sequences of all tables. SQLite has none. Raises Django's database errors."""
    with connection.cursor() as cursor:
        for table, column in _keys() if connection.vendor == "postgresql" else ():
            cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", (f'"{table}"', column))
            (sequence,) = cursor.fetchone()
            cursor.execute(
                f"SELECT last_value + is_called::int, "  # noqa: S608 - names of our own
                f'COALESCE((SELECT max("{column}") FROM "{table}"), 0) FROM {sequence}'
            )
            following, highest = cursor.fetchone()
            if following <= highest:
                yield Behind(
                    sequence=sequence, table=table, column=column, next=following, highest=highest
                )


def mend(found: Behind) -> None:
    """Lets the sequence go on after the highest key. Never sets one back, whoever writes beside."""
    highest = f'(SELECT max("{found.column}") FROM "{found.table}")'  # noqa: S608 - as above
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT setval(%s, GREATEST({highest}, last_value)) FROM {found.sequence}",  # noqa: S608
            (found.sequence,),
        )


def _keys() -> Iterator[tuple[str, str]]:
    """Tables whose keys the database makes, and the column of the key."""
    for model in apps.get_models(include_auto_created=True):
        key = model._meta.pk  # noqa: SLF001 - Django documents it as public
        if isinstance(key, AutoField) and key.column and model._meta.managed:  # noqa: SLF001 - as above
            yield model._meta.db_table, key.column  # noqa: SLF001 - as above
