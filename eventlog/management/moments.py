"""Moments, and windows between them, as they are given on a command line."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime, timedelta

from django.core.management.base import CommandError

from eventlog.moments import NoMoment, moment_of
from eventlog.questions.lengths import read_length
from eventlog.questions.windows import Window


def moment(words: str) -> datetime:
    """Reads a moment of a command line. Raises ArgumentTypeError."""
    try:
        return moment_of(words)
    except NoMoment as error:
        raise ArgumentTypeError(str(error)) from error


def span(words: str) -> timedelta:
    """Reads a length of time, such as 26h. Raises ArgumentTypeError."""
    found = read_length(words)
    if found is None:
        raise ArgumentTypeError(f"{words!r} is no length of time such as 30m, 26h or 7d")
    return found


def add_window(parser: ArgumentParser, *, since_required: bool = False) -> None:
    """Declares `--since` or `--last`, and `--until`; `window` reads all three."""
    beginning = parser.add_mutually_exclusive_group(required=since_required)
    beginning.add_argument("--since", type=moment, metavar="MOMENT", help="received from then on")
    beginning.add_argument(
        "--last",
        type=span,
        metavar="SPAN",
        help="received in so long a time, such as 26h, before the end: for a scheduler",
    )
    parser.add_argument("--until", type=moment, metavar="MOMENT", help="received before then")


def window(
    since: datetime | None,
    until: datetime | None,
    *,
    now: datetime,
    last: timedelta | None = None,
    begins: str = "--since",
) -> Window:
    """From one moment on and before another, where anything can have been until now.

    `begins` is the option that names its beginning; `last` is how long before the end, or now, it
    lies instead. A check that looks at no time would say that
    nothing is wrong. Raises CommandError.
    """
    if last is not None:
        since, begins = (until or now) - last, "--last"
    if since is not None and since > now:
        raise CommandError(f"{begins} is in the future: nothing can have been received then.")
    if since is not None and until is not None and until <= since:
        raise CommandError(f"{begins} is not before the end: nothing can have been received then.")
    return Window(start=since, end=until)
