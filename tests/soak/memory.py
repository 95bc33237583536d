"""How much memory each process takes over time."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from sandbox.stack import Process

PAGE_BYTES = 4096
MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """What a process took at a moment."""

    at: float  # seconds of the monotonic clock
    rss: float  # MiB, of the process and what it has started


@dataclass(frozen=True, kw_only=True, slots=True)
class Growth:
    """How a process's memory went over the time that it was watched."""

    name: str
    seconds: float
    quarters: tuple[float, float, float, float]  # MiB, the median of each quarter of that time

    @property
    def mib(self) -> float:
        """By how much the last quarter is above the first."""
        return self.quarters[-1] - self.quarters[0]

    @property
    def per_minute(self) -> float:
        """MiB; between the middles of the two quarters lie three quarters of the time."""
        return self.mib / (self.seconds * 0.75) * 60


@dataclass(kw_only=True)
class Watch:
    """Samples of processes. One that was started anew begins anew."""

    samples: dict[tuple[str, int], list[Sample]] = field(default_factory=dict)

    def look(self, processes: Iterable[Process]) -> None:
        """Takes one sample of each process that runs."""
        sizes = _sizes_of_groups()
        for process in processes:
            if process.status is None and process.pid in sizes:
                sample = Sample(at=time.monotonic(), rss=sizes[process.pid])
                self.samples.setdefault((process.name, process.pid), []).append(sample)

    def growth(self, *, since: float) -> list[Growth]:
        """Of each process that runs still, from a moment on."""
        found = {}
        for (name, _), samples in self.samples.items():
            late = [sample for sample in samples if sample.at >= since]
            if len(late) >= 8:
                found[name] = _growth(name, late)
        return list(found.values())


def _growth(name: str, samples: list[Sample]) -> Growth:
    length = len(samples) // 4
    first, second, third, fourth = (
        median(sample.rss for sample in samples[place * length : (place + 1) * length])
        for place in range(4)
    )
    return Growth(
        name=name,
        seconds=samples[-1].at - samples[0].at,
        quarters=(first, second, third, fourth),
    )


def _sizes_of_groups() -> dict[int, float]:
    """The resident memory of each process group, in MiB."""
    sizes: dict[int, float] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            group = int((folder / "stat").read_text().rpartition(")")[2].split()[2])
            pages = int((folder / "statm").read_text().split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        sizes[group] = sizes.get(group, 0.0) + pages * PAGE_BYTES / MIB
    return sizes
