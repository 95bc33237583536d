"""The guard ends what is on its list, and nothing else."""

import subprocess
from collections.abc import Iterator

import pytest

from sandbox.stack.guard import Guard, survivors
from tests.sandbox.stack.processes import eventually, is_alive


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process group whose leader has a child."""
    with subprocess.Popen(
        ["/bin/sh", "-c", "sleep 60 & echo $!; wait"],
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        yield process
        process.kill()


def child_of(process: subprocess.Popen[bytes]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def test_the_end_of_the_pipe_ends_a_whole_group(sleeper: subprocess.Popen[bytes]) -> None:
    child = child_of(sleeper)
    guard = Guard()
    guard.watch(sleeper.pid)
    assert is_alive(child)
    guard.close()
    assert sleeper.wait(5) == -9
    assert eventually(lambda: not is_alive(child))


def test_a_group_that_was_taken_off_the_list_is_left_alone(
    sleeper: subprocess.Popen[bytes],
) -> None:
    child = child_of(sleeper)
    guard = Guard()
    guard.watch(sleeper.pid)
    guard.forget(sleeper.pid)
    guard.close()
    assert sleeper.poll() is None
    assert is_alive(child)


def test_survivors_are_those_on_the_list() -> None:
    assert survivors(["+12\n", "+34\n", "-12\n", "+56\n", "-78\n"]) == {34, 56}
