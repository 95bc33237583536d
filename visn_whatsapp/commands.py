"""What the commands that work on the ledger share: they say so when it cannot be reached."""

from typing import Any, ClassVar

from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError
from django.db import Error


class LedgerCommand(BaseCommand):
    """Ends with a sentence instead of a traceback while the database is away.

    Of Django's checks it runs those of the settings alone: all others judge the code, which has
    been checked before it was released, and some of them open the database (Django 6.1), so that a
    command could not even begin to wait for it.
    """

    requires_system_checks = [Tags.security]
    status_unreachable: ClassVar[int] = 1

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Runs the command. Raises CommandError where the database does not do its part."""
        try:
            return super().execute(*args, **options)
        except Error as error:
            raise CommandError(
                "The database cannot be reached.", returncode=self.status_unreachable
            ) from error
