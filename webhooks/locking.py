"""Rows that several change at once, taken in one order: they wait for, and not upon, each other."""

from collections.abc import Collection

from django.db import connection

from webhooks.models import Event

# For a row that somebody holds several wait no longer than this; who needs it then waits alone.
_PATIENCE_TOGETHER = "500ms"


def take(events: Collection[int]) -> None:
    """Locks these events until the transaction ends. SQLite has one writer and locks nothing.

    Their keys stay as they are, so whoever inserts a row that points to one does not wait.
    """
    if len(events) > 1:
        rows = Event.objects.select_for_update(no_key=True).filter(pk__in=events)
        list(rows.order_by("pk").only("pk"))


def wait_briefly() -> None:
    """Waits briefly for what others hold, in this transaction; then the database has an error."""
    if connection.vendor == "postgresql":  # SQLite has one writer and locks no rows
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{_PATIENCE_TOGETHER}'")
