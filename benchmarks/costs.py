"""What each event costs: CPU of the processes that work on it, and how long its caller waits."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.callers import Answers
from benchmarks.figures import Values
from benchmarks.processes import cpu_seconds


@dataclass(frozen=True, kw_only=True)
class Spent:
    """CPU seconds of processes, by what they are."""

    seconds: dict[str, float] = field(default_factory=dict)

    def of_each(self, events: int, answers: Answers) -> Values:
        """The columns of so many events, for which the callers got these answers."""
        spent = self.seconds | {"callers": answers.cpu}
        return {
            "events/s": events / answers.seconds,
            **{f"{name}, µs": cpu / events * 1e6 for name, cpu in spent.items() if cpu},
            "p50, ms": answers.percentile(0.5) * 1e3,
            "p99, ms": answers.percentile(0.99) * 1e3,
        } | ({"refused": float(answers.refused)} if answers.refused else {})


@contextmanager
def spending(watched: Mapping[str, int]) -> Iterator[Spent]:
    """Yields what these processes spend meanwhile, which is known at the end."""
    spent = Spent()
    before = {name: cpu_seconds(process) for name, process in watched.items()}
    yield spent
    spent.seconds.update({name: cpu_seconds(watched[name]) - before[name] for name in watched})
