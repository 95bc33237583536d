"""Moments, and windows between them, as they are given on a command line."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime

from django.core.management.base import CommandError
from django.utils import timezone

from eventlog.questions.windows import Window

# Near the ends of all time it cannot be told in another zone, nor what was an hour before it.
YEARS = range(1970, 3000)


def moment(words: str) -> datetime:
    """Reads a moment in ISO 8601; without a zone it is meant in that of the settings.

    Raises ArgumentTypeError.
    """
    try:
        found = datetime.fromisoformat(words)
    except ValueError as error:
        raise ArgumentTypeError(f"{words!r} is no moment such as 2026-06-01T10:14") from error
    if found.year not in YEARS:
        raise ArgumentTypeError(f"{words!r} is not within the years {YEARS[0]} to {YEARS[-1]}")
    return timezone.make_aware(found) if found.tzinfo is None else found


def add_window(parser: ArgumentParser) -> None:
    """Declares `--since` and `--until`; `window` reads both."""
    parser.add_argument("--since", type=moment, metavar="MOMENT", help="received from then on")
    parser.add_argument("--until", type=moment, metavar="MOMENT", help="received before then")


def window(
    since: datetime | None, until: datetime | None, *, now: datetime, begins: str = "--since"
) -> Window:
    """From one moment on and before another, where anything can have been until now.

    `begins` is the option that names its beginning. A check that looks at no time would say that
    nothing is wrong. Raises CommandError.
    """
    if since is not None and since > now:
        raise CommandError(f"{begins} is in the future: nothing can have been received then.")
    if since is not None and until is not None and until <= since:
        raise CommandError(f"{begins} is not before the end: nothing can have been received then.")
    return Window(start=since, end=until)
