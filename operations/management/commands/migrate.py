"""Django's `migrate` beside services that run: nobody waits behind it for long."""

import time
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from psycopg.errors import DeadlockDetected, LockNotAvailable

# Shorter than the services wait for a lock (deploy/database-users.sql): who waits behind a
# migration, which waits for somebody else, gets on before its own limit is over.
LOCK_SECONDS = 2.0
PAUSE_SECONDS = 5.0  # in which those get on who have waited
PATIENCE = timedelta(minutes=10)


class Command(migrate.Command):
    """Tries again what somebody holds up, and ends with 1 if that lasts."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrates as Django does. A migration that had to let go has changed nothing."""
        let_go_in_time(options["database"])
        until = None  # it may have made indexes for an hour before somebody is in its way
        while True:
            try:
                super().handle(*args, **options)
            except OperationalError as error:
                if not isinstance(error.__cause__, LockNotAvailable | DeadlockDetected):
                    raise
                until = until or time.monotonic() + PATIENCE.total_seconds()
                if time.monotonic() > until:
                    raise CommandError(
                        "Somebody holds a table that a migration has to change, in a transaction "
                        "that does not end: see pg_stat_activity. What was migrated before stays."
                    ) from error
            else:
                return
            self.stderr.write(f"Somebody holds a table: again in {PAUSE_SECONDS:.0f} seconds.")
            time.sleep(PAUSE_SECONDS)


def let_go_in_time(alias: str) -> None:
    """Lets each migration of this connection wait for a lock for so long and no longer.

    In its transaction, since a pooler gives the next one another session. What makes indexes beside
    those who write has none, and holds up nobody while it waits.
    """
    connection = connections[alias]
    if connection.vendor != "postgresql":
        return
    editor: type[BaseDatabaseSchemaEditor] = type(connection).SchemaEditorClass

    class LetsGo(editor):  # type: ignore[valid-type,misc] # which of Django's it is, the database says
        def __enter__(self) -> BaseDatabaseSchemaEditor:
            entered: BaseDatabaseSchemaEditor = super().__enter__()
            if self.atomic_migration:
                self.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS * 1000:.0f}ms'")
            return entered

    connection.SchemaEditorClass = LetsGo
