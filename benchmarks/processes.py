"""Processes of the machine: which core they have, and how much of it they took."""

import os
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
# Of the fields that follow a process's name in /proc/PID/stat: user and system, its own and of
# those that it has started and that have ended.
_TIMES = slice(11, 15)


def cpu_seconds(process: int) -> float:
    """CPU of a process and all that it has started, user and system."""
    return sum(_own(each) for each in _tree(process))


def megabytes(process: int) -> float:
    """Memory that a process and all that it has started hold, what they share counted once each."""
    lines = [(PROC / str(each) / "status").read_text() for each in _tree(process)]
    return sum(int(each.partition("VmRSS:")[2].split()[0]) for each in lines) / 1024


def child(name: str) -> int:
    """The id of a process of this name that this one has started. Raises StopIteration."""
    return next(
        each
        for each in _tree(os.getpid())
        if (PROC / str(each) / "comm").read_text().strip() == name
    )


def pin(process: int, core: int) -> None:
    """Lets a process and what it starts from now on run on this core alone."""
    for each in _tree(process):
        for thread in (PROC / str(each) / "task").iterdir():
            os.sched_setaffinity(int(thread.name), {core})


def _own(process: int) -> float:
    try:
        fields = (PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
        return 0.0
    return sum(map(int, fields[_TIMES])) / TICKS


def _tree(process: int) -> Iterator[int]:
    yield process
    for thread in _threads(process):
        for child in _children(thread):
            yield from _tree(child)


def _children(thread: Path) -> list[int]:
    try:
        return [int(each) for each in (thread / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _threads(process: int) -> list[Path]:
    try:
        return [*(PROC / str(process) / "task").iterdir()]
    except FileNotFoundError:
        return []
