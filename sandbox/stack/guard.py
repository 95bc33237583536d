"""Ends processes when the one that started them ends, however that happens.

The guard is a process of its own that reads from a pipe. When its starter ends, be it by
`kill -9`, the pipe closes, and the guard kills every process group that is still on its list. A
process group, because a server's workers would outlive the server.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterable

WATCH, FORGET = "+", "-"


class Guard:
    """The starter's end of the pipe."""

    def __init__(self) -> None:
        # Run by its path and without site-packages: it starts in some 20 ms.
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,
        )

    def watch(self, group: int) -> None:
        """Puts a process group on the list."""
        self._tell(WATCH, group)

    def forget(self, group: int) -> None:
        """Takes a process group off the list: it has ended, and its number may be given anew."""
        self._tell(FORGET, group)

    def close(self) -> None:
        """Ends the guard, and whatever is still on the list."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()

    def _tell(self, sign: str, group: int) -> None:
        if self._process.stdin is not None:
            self._process.stdin.write(f"{sign}{group}\n")


def kill_group(group: int) -> None:
    """Kills every process of a group that still runs."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def survivors(lines: Iterable[str]) -> set[int]:
    """Returns the process groups that were put on the list and not taken off."""
    groups: set[int] = set()
    for line in lines:
        group = int(line[1:])
        if line.startswith(WATCH):
            groups.add(group)
        else:
            groups.discard(group)
    return groups


def main() -> None:
    """Waits for the end of the pipe, and of nothing else."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for group in survivors(sys.stdin):
        kill_group(group)


if __name__ == "__main__":
    main()
