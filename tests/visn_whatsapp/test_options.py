"""What commands say to options that make no sense, whichever they are."""

from argparse import Action
from collections.abc import Iterator

import pytest
from django.core.management import CommandError, call_command, load_command_class

from tests.house import our_commands
from visn_whatsapp.commands import LedgerCommand

NUMBERS = ("-1", "0", "9" * 30, "9" * 5000, "nan", "inf", "1e999", "1.5e", "", "\N{SNOWMAN}")
MOMENTS = (
    "0001-01-01T00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01",
    "2026-02-30",
    "2026-06-01T25:00",
    "1780000000",
    "yesterday",
    "",
)
FROM_ZERO = {"--lines", "--code"}  # none is a number of lines, and one of Meta's codes
# What is made to be filled by hand, and refuses to run where it is deployed.
FOR_MEASUREMENTS = {"fill_ledger"}
USUAL = {"prune_ledger": ["--days", "180"], "reread": ["--since", "2026-03-02"]}


def options() -> Iterator[tuple[str, str]]:
    """Every option of our commands that takes a number, a moment or an id."""
    for name, app in sorted(our_commands().items()):
        if name in FOR_MEASUREMENTS:
            continue
        command = load_command_class(app, name)
        if isinstance(command, LedgerCommand):
            theirs = command.create_parser("manage.py", name)._actions
            yield from ((name, each.option_strings[-1]) for each in theirs if _is_bounded(each))


def _is_bounded(option: Action) -> bool:
    return option.type is not None and option.dest != "verbosity"


def values(option: str) -> tuple[str, ...]:
    """Numbers for numbers, moments for the others; either is nonsense for an id."""
    if option in FROM_ZERO:
        return tuple(each for each in NUMBERS if each != "0")
    return MOMENTS if "since" in option or option in {"--until", "--to"} else NUMBERS


@pytest.mark.django_db
@pytest.mark.parametrize(("command", "option"), sorted(options()))
def test_an_option_that_makes_no_sense_is_refused_in_words(command: str, option: str) -> None:
    usual = USUAL.get(command, [])
    for value in values(option):
        with pytest.raises(CommandError):
            call_command(command, *usual, f"{option}={value}")


def test_the_options_are_found() -> None:
    assert {("replay", "--event"), ("catch_up", "--every"), ("restored", "--to")} <= set(options())


# Two that end before they begin or where they begin, and one of a time to come.
NO_WINDOWS = (
    ("--since=2026-03-02T12:00", "--until=2026-03-01T12:00"),
    ("--since=2026-03-02T12:00", "--until=2026-03-02T12:00"),
    ("--since=2999-01-01",),
)


@pytest.mark.django_db
@pytest.mark.parametrize("window", NO_WINDOWS)
@pytest.mark.parametrize(
    ("command", "status"), [("accounted", 2), ("reconcile", 2), ("reread", 2), ("replay", 1)]
)
def test_a_window_in_which_nothing_can_lie_is_refused(
    command: str, status: int, window: tuple[str, ...]
) -> None:
    """A check that looked at no time at all does not say that all is well."""
    with pytest.raises(CommandError, match="nothing can have been received") as refused:
        call_command(command, *window)
    assert refused.value.returncode == status


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["accounted", "reconcile", "replay"])
def test_the_length_of_a_window_is_taken(command: str) -> None:
    """One that is passed over would be a window that nobody asked for."""
    with pytest.raises(CommandError, match="--last is in the future"):
        call_command(command, "--last=1h", "--until=2999-01-01")
