"""What several commands are given, and the bounds of it: what lies outside is refused in words."""

import math
from argparse import ArgumentParser, ArgumentTypeError

LARGEST = 2**63 - 1  # of a row's id, and of what a database counts
SECONDS_A_DAY = 24 * 60 * 60


def positive(words: str) -> int:
    """Reads a whole number from 1 on, such as the id of a row. Raises ArgumentTypeError."""
    try:
        number = int(words)
    except ValueError as error:
        raise ArgumentTypeError(f"{words!r} is no whole number") from error
    if not 1 <= number <= LARGEST:
        raise ArgumentTypeError(f"{words} is not between 1 and {LARGEST}")
    return number


def pause(words: str) -> float:
    """Reads the seconds between two rounds: more than 0, a day at most. Raises ArgumentTypeError.

    Without a pause a command would take a whole processor.
    """
    try:
        seconds = float(words)
    except ValueError as error:
        raise ArgumentTypeError(f"{words!r} are no seconds") from error
    if math.isnan(seconds) or not 0 < seconds <= SECONDS_A_DAY:
        raise ArgumentTypeError(f"{words} is not more than 0 and at most {SECONDS_A_DAY} seconds")
    return seconds


def add_json(parser: ArgumentParser) -> None:
    """Declares `--json`; the command prints with `LedgerCommand.tell`."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of sentences")
