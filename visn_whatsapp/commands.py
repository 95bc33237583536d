"""What the commands that work on the ledger share: they say so when it cannot be reached."""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError
from django.db import Error, IntegrityError

from visn_whatsapp.findings import EXIT_STATUS, Finding

logger = logging.getLogger(__name__)


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
        with in_words(status=self.status_unreachable):
            return super().execute(*args, **options)

    def tell(self, data: object, sentences: str, options: Mapping[str, Any]) -> None:
        """Prints what a program reads, or what people do, as `--json` says."""
        self.stdout.write(json.dumps(data) if options["json"] else sentences)


@contextmanager
def in_words(*, status: int = 1) -> Iterator[None]:
    """Raises CommandError, with this exit status, where the database does not do its part."""
    try:
        yield
    except IntegrityError as error:
        words = "The database refused a row, whose key it may have given out twice: see "
        raise CommandError(words + "`mend_sequences --dry-run`.", returncode=status) from error
    except Error as error:
        raise CommandError("The database cannot be reached.", returncode=status) from error


class Found(CommandError):
    """A finding that ends a check with words and an exit status other than 0."""

    def __init__(self, words: str, *, finding: Finding) -> None:
        super().__init__(words, returncode=EXIT_STATUS[finding])


class CheckCommand(LedgerCommand):
    """A check for a scheduler: whatever keeps it from looking is exit status 2, never 0 or 1."""

    status_unreachable: ClassVar[int] = EXIT_STATUS[Finding.CANNOT_TELL]

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Runs the check. Raises CommandError, after a line of JSON if that is asked for."""
        try:
            return super().execute(*args, **options)
        except Found:
            raise
        except CommandError as error:
            self._say(str(error), options)
            raise CommandError(str(error), returncode=self.status_unreachable) from error
        except Exception as error:
            logger.exception("A check broke off.")
            words = f"The check broke off: {type(error).__name__}."
            self._say(words, options)
            raise CommandError(words, returncode=self.status_unreachable) from error

    def end(self, finding: Finding, words: str) -> None:
        """Ends the check with what it found. Raises Found unless all is well."""
        if EXIT_STATUS[finding]:
            raise Found(words, finding=finding)

    def _say(self, words: str, options: Mapping[str, Any]) -> None:
        if options.get("json"):
            stdout = options.get("stdout") or self.stdout
            stdout.write(json.dumps(told(Finding.CANNOT_TELL) | {"words": words}) + "\n")


def told(finding: Finding) -> dict[str, Any]:
    """How the JSON of a check says what it came to."""
    return {"finding": finding.value, "exit_status": EXIT_STATUS[finding]}
