"""Meta's error codes, as they are given on a command line."""

from argparse import ArgumentParser, ArgumentTypeError

from eventlog.questions.filters import code_named
from webhooks.whatsapp.failures import CODE_DIGITS


def add_codes(parser: ArgumentParser) -> None:
    """Declares `--code`, which may be given several times; `codes` has all of them."""
    parser.add_argument(
        "--code",
        type=error_code,
        action="append",
        default=[],
        dest="codes",
        help="with this error code of Meta's",
    )


def error_code(words: str) -> int:
    """Reads a code. Raises ArgumentTypeError."""
    found = code_named(words)
    if found is None:
        raise ArgumentTypeError(f"{words[:20]!r} is no code of {CODE_DIGITS} digits at most")
    return found
