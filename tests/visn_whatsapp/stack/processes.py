"""Looks at the processes of this machine, as the tests of starting and ending need it."""

import time
from collections.abc import Callable
from pathlib import Path

from visn_whatsapp.stack import Stack

POLL_SECONDS = 0.02


def is_alive(pid: int) -> bool:
    """Tells whether a process runs; one that has ended and waits for its parent does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def mentioning(text: str) -> list[int]:
    """Returns the running processes that have this text in their environment or arguments."""
    return [
        int(folder.name)
        for folder in Path("/proc").glob("[0-9]*")
        if is_alive(int(folder.name)) and text.encode() in _told(folder)
    ]


def _told(folder: Path) -> bytes:
    try:
        return (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()
    except (FileNotFoundError, PermissionError, ProcessLookupError):
        return b""


def eventually(holds: Callable[[], bool], *, seconds: float = 10.0) -> bool:
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
