"""Commands that work in rounds, as real processes that are told to end."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import load_command_class

from tests.house import our_commands
from visn_whatsapp.rounds import RoundsCommand

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = ("catch_up", "requeue_stuck")
ENDINGS = (signal.SIGINT, signal.SIGTERM)
PATIENCE = 60.0  # for the start of a process on a busy machine; the pauses below are far longer
AWAY = {"DATABASE_URL": "sqlite:////nonexistent/db.sqlite3"}

# Each child waits for an hour, and is told to end as it begins to; it is killed if it does not.
MANY = """
import os, random, select, signal, sys
from contextlib import suppress
from visn_whatsapp.rounds import interruptions

def child(ready):
    with suppress(KeyboardInterrupt), interruptions() as told:
        os.write(ready, b"x")
        told.within(3600)
    os._exit(0)

for number in range(int(sys.argv[1])):
    told, ready = os.pipe()
    process = os.fork()
    if process == 0:
        child(ready)
    os.read(told, 1)
    for _ in range(random.randrange(2000)):
        pass
    os.kill(process, (signal.SIGINT, signal.SIGTERM)[number % 2])
    ended = os.pidfd_open(process)
    if not select.select([ended], [], [], 30)[0]:
        os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    assert status == 0, (number, status)
    for file in (told, ready, ended):
        os.close(file)
"""

# Something swallows what the first signal raises, as Python itself does in a destructor.
SWALLOWED = """
import os, signal
from visn_whatsapp.rounds import interruptions

class Odd:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)

with interruptions() as told:
    odd = Odd()
    del odd
    assert told.within(3600)
"""


@contextmanager
def running(
    command: str, *arguments: str, environment: dict[str, str]
) -> Iterator["subprocess.Popen[str]"]:
    """Runs a command of manage.py, and ends it in any case."""
    names = {"DJANGO_SETTINGS_MODULE": "visn_whatsapp.settings.local"}
    with subprocess.Popen(
        [sys.executable, "manage.py", command, *arguments],
        cwd=ROOT,
        env=os.environ | names | environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A database that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)
        yield server


def test_all_commands_with_rounds_are_tested() -> None:
    ours = {name: load_command_class(app, name) for name, app in our_commands().items()}
    parsers = {name: command.create_parser("manage.py", name) for name, command in ours.items()}
    with_every = {name for name, found in parsers.items() if "--every" in found.format_help()}
    assert with_every == set(COMMANDS)
    assert all(isinstance(ours[name], RoundsCommand) for name in with_every)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("number", ENDINGS)
def test_a_pause_is_over_when_it_is_told_to_end(command: str, number: signal.Signals) -> None:
    with running(command, "--every", "3600", environment=AWAY) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "The database cannot be reached.\n"
        process.send_signal(number)
        _, rest = process.communicate(timeout=PATIENCE)
    assert (process.returncode, rest) == (0, "")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("number", ENDINGS)
def test_a_round_is_broken_off_when_it_is_told_to_end(
    command: str, number: signal.Signals, silent: socket.socket
) -> None:
    host, port = silent.getsockname()
    database = {"DATABASE_URL": f"postgres://user:word@{host}:{port}/name"}
    with running(command, "--every", "3600", environment=database) as process:
        connection, _ = silent.accept()
        with connection:
            process.send_signal(number)
            _, rest = process.communicate(timeout=PATIENCE)
    assert (process.returncode, rest) == (0, "")


@pytest.mark.parametrize("command", COMMANDS)
def test_it_goes_on_through_failures(command: str) -> None:
    with running(command, "--every", "0.05", environment=AWAY) as process:
        assert process.stderr is not None
        lines = [process.stderr.readline() for _ in range(3)]
    assert lines == ["The database cannot be reached.\n"] * 3


@pytest.mark.parametrize("command", COMMANDS)
def test_a_single_round_says_that_it_failed(command: str) -> None:
    with running(command, environment=AWAY) as process:
        _, words = process.communicate(timeout=PATIENCE)
    assert (process.returncode, words) == (1, "CommandError: The database cannot be reached.\n")


def test_no_signal_is_missed_in_the_moment_in_which_a_pause_begins() -> None:
    subprocess.run([sys.executable, "-c", MANY, "300"], cwd=ROOT, check=True, timeout=300)


def test_a_signal_is_heard_whose_interruption_was_swallowed() -> None:
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SWALLOWED], cwd=ROOT, check=True, timeout=PATIENCE
    )
