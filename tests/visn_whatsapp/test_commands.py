"""Commands that work on the ledger, as a scheduler starts them while the database is away."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp

import pytest
from django.core.management import get_commands, load_command_class

from tests.house import our_commands
from visn_whatsapp.commands import LedgerCommand

COULD_NOT_TELL = 2
STATUS = dict.fromkeys(  # others: 1
    ("accounted", "drift", "reconcile", "reread", "watch"), COULD_NOT_TELL
)
ARGUMENTS = {
    "erase_person": ["--number", "447700900123"],
    "export_person": ["--number", "447700900123", "--by", "ada", "--to", f"{mkdtemp()}/person.zip"],
    "prune_ledger": ["--days", "180"],
    "reread": ["--since", "2026-03-02"],
}


def ledger_commands() -> list[str]:
    """Names the commands of ours that work on the ledger, but for one that looks at more."""
    return [
        each for each in sorted(our_commands().keys() - {"doctor"}) if _works_on_the_ledger(each)
    ]


def _works_on_the_ledger(name: str) -> bool:
    return isinstance(load_command_class(get_commands()[name], name), LedgerCommand)


def test_the_commands_of_a_deployment_are_among_them() -> None:
    deployed = {"accounted", "catch_up", "prune_ledger", "reconcile", "replay", "requeue_stuck"}

    assert deployed <= set(ledger_commands())


@pytest.mark.parametrize("command", ledger_commands())
def test_says_that_the_database_cannot_be_reached(command: str) -> None:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "visn_whatsapp.settings.local",
        "DATABASE_URL": "sqlite:////nonexistent/db.sqlite3",
        "FIRESTORE_EMULATOR_HOST": "127.0.0.1:1",  # nobody is there, and nobody is asked
    }
    arguments = [sys.executable, "manage.py", command, *ARGUMENTS.get(command, [])]

    ended = subprocess.run(
        arguments, env=environment, capture_output=True, text=True, check=False, timeout=60
    )

    assert ended.stderr == "CommandError: The database cannot be reached.\n"
    assert ended.returncode == STATUS.get(command, 1)
    assert not Path(ARGUMENTS["export_person"][-1]).exists()  # nor what is half of it


@pytest.mark.parametrize("check", STATUS)
@pytest.mark.parametrize(
    "unreadable", [{"THREADS": "many"}, {"DATABASE_URL": "postgres://visn:pass/word@db/ledger"}]
)
def test_a_check_that_cannot_even_begin_could_not_tell(
    check: str, unreadable: dict[str, str]
) -> None:
    ended = subprocess.run(
        [sys.executable, "manage.py", check, *ARGUMENTS.get(check, [])],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "visn_whatsapp.settings.local"} | unreadable,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == COULD_NOT_TELL
    assert "Error: " in ended.stderr or "ImproperlyConfigured: " in ended.stderr
    assert "pass/word" not in ended.stderr
