"""Processes of the machine: which core they have, and how much of it they took."""

import os
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
_UTIME, _STIME = 11, 12  # of the fields that follow a process's name in /proc/PID/stat


def cpu_seconds(process: int) -> float:
    """CPU of a process and all that it has started and that run still, user and system."""
    return sum(_own(each) for each in _tree(process))


def pin(process: int, core: int) -> None:
    """Lets a process and what it starts from now on run on this core alone."""
    for each in _tree(process):
        for thread in (PROC / str(each) / "task").iterdir():
            os.sched_setaffinity(int(thread.name), {core})


def _own(process: int) -> float:
    try:
        fields = (PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[_UTIME]) + int(fields[_STIME])) / TICKS


def _tree(process: int) -> Iterator[int]:
    yield process
    for thread in _threads(process):
        for child in (thread / "children").read_text().split():
            yield from _tree(int(child))


def _threads(process: int) -> list[Path]:
    try:
        return [*(PROC / str(process) / "task").iterdir()]
    except FileNotFoundError:
        return []
