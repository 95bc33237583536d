"""Moments, and windows between them, as they are given on a command line."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime

from django.core.management.base import CommandError

from eventlog.moments import NoMoment, moment_of
from eventlog.questions.windows import Window


def moment(words: str) -> datetime:
    """Reads a moment of a command line. Raises ArgumentTypeError."""
    try:
        return moment_of(words)
    except NoMoment as error:
        raise ArgumentTypeError(str(error)) from error


def add_window(parser: ArgumentParser, *, since_required: bool = False) -> None:
    """Declares `--since` and `--until`; `window` reads both."""
    parser.add_argument(
        "--since",
        type=moment,
        metavar="MOMENT",
        required=since_required,
        help="received from then on",
    )
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
