"""A process is started, logged, ended with all it began, and started again."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.stack.guard import Guard
from sandbox.stack.process import Process
from tests.sandbox.stack.processes import eventually, is_alive


@pytest.fixture
def guard() -> Iterator[Guard]:
    """Ends whatever a test leaves."""
    guard = Guard()
    yield guard
    guard.close()


def shell(script: str, *, guard: Guard, folder: Path) -> Process:
    return Process(
        name="shell",
        command=["/bin/sh", "-c", script],
        environment={"PATH": "/usr/bin:/bin"},
        guard=guard,
        log=folder / "shell.log",
        folder=folder,
    )


def test_its_output_is_kept_in_its_log(guard: Guard, tmp_path: Path) -> None:
    process = shell("echo out; echo error >&2; exit 3", guard=guard, folder=tmp_path)
    assert process.wait() == 3
    assert process.output() == "out\nerror\n"
    process.stop()


def test_stopping_lets_it_end_in_order(guard: Guard, tmp_path: Path) -> None:
    script = "trap 'echo ended; exit 0' TERM; echo ready; while :; do sleep 0.05; done"
    process = shell(script, guard=guard, folder=tmp_path)
    assert eventually(lambda: process.output() == "ready\n")
    process.stop()
    assert (process.status, process.output()) == (0, "ready\nended\n")


def test_killing_it_kills_what_it_has_started(guard: Guard, tmp_path: Path) -> None:
    process = shell("sleep 60 & echo $!; wait", guard=guard, folder=tmp_path)
    assert eventually(lambda: process.output().endswith("\n"))
    process.kill()
    assert process.status == -signal.SIGKILL
    assert eventually(lambda: not is_alive(int(process.output())))


def test_what_a_dead_leader_left_behind_is_killed_as_well(guard: Guard, tmp_path: Path) -> None:
    process = shell("sleep 60 & echo $!", guard=guard, folder=tmp_path)
    process.wait()
    child = int(process.output())
    assert is_alive(child)
    process.stop()
    assert eventually(lambda: not is_alive(child))


def test_it_starts_again_and_its_log_goes_on(guard: Guard, tmp_path: Path) -> None:
    process = shell("echo started $HOW; sleep 60", guard=guard, folder=tmp_path)
    assert eventually(lambda: process.output() == "started\n")
    first = process.pid
    process.restart(HOW="again")
    assert eventually(lambda: process.output() == "started\nstarted again\n")
    assert (process.pid != first, process.status) == (True, None)
    process.stop()
