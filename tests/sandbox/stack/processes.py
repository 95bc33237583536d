"""Looks at the processes of this machine, as the tests of starting and ending need it."""

import time
from collections.abc import Callable
from pathlib import Path

from sandbox.stack import Stack

POLL_SECONDS = 0.02


def is_alive(pid: int) -> bool:
    """Tells whether a process runs; one that has ended and waits for its parent does not."""
    stat = _told(pid, "stat").decode()
    return stat.rpartition(")")[2].split()[:1] not in ([], ["Z"])


def mentioning(text: str) -> list[int]:
    """Returns the running processes that have this text in their environment or arguments."""
    return [
        pid
        for pid in (int(folder.name) for folder in Path("/proc").glob("[0-9]*"))
        if text.encode() in _told(pid, "environ") + _told(pid, "cmdline") and is_alive(pid)
    ]


def environment_of(pid: int) -> dict[str, str]:
    """Returns the variables that a process was started with; none if it has ended."""
    lines = _told(pid, "environ").decode().split("\0")
    return dict(line.partition("=")[::2] for line in lines if line)


def _told(pid: int, file: str) -> bytes:
    # A process that ends at this moment is gone before its file is opened, or before it is read.
    try:
        return Path(f"/proc/{pid}/{file}").read_bytes()
    except (FileNotFoundError, PermissionError, ProcessLookupError):
        return b""


def eventually(holds: Callable[[], bool], *, seconds: float = 30.0) -> bool:
    """Waits until something holds; False if it does not within the time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def wait_for_line(running: Stack, server: str, words: str) -> None:
    """Waits until a server has logged something: it does so when it has answered, not before."""
    assert eventually(lambda: words in running.logs()[server])
