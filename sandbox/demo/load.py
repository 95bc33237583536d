"""Posts many deliveries, in an order and at a rate, and says how they were answered."""

import math
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from sandbox import samples
from sandbox.demo.cases import CASES, Draft
from sandbox.demo.meta import Answer, Meta

Progress = Callable[["Tally"], None]


@dataclass(kw_only=True)
class Tally:
    """What has become of the deliveries so far."""

    planned: int
    begun: float = field(default_factory=time.perf_counter)
    answers: list[Answer] = field(default_factory=list)

    @property
    def statuses(self) -> Counter[int]:
        """How many deliveries got which HTTP status."""
        return Counter(answer.status for answer in self.answers)

    @property
    def refused(self) -> int:
        """How many deliveries Meta would send again."""
        return sum(not answer.accepted for answer in self.answers)

    @property
    def rate(self) -> float:
        """Deliveries per second, so far."""
        return len(self.answers) / max(time.perf_counter() - self.begun, 1e-6)

    def latency(self, share: float) -> float:
        """Returns the seconds within which this share of the deliveries was answered."""
        ordered = sorted(answer.seconds for answer in self.answers)
        return ordered[max(math.ceil(share * len(ordered)) - 1, 0)] if ordered else 0.0


def deliveries(
    cases: Sequence[str], *, repeat: int, batch: int, draft: Callable[[int], Draft]
) -> Iterator[bytes]:
    """Yields bodies of `batch` items each: all cases in their order, `repeat` times.

    `draft` gives what varies, for the serial number of each item from 0.
    """
    names = [name for _ in range(repeat) for name in cases]
    for start in range(0, len(names), batch):
        changes = [
            CASES[name].change(draft(start + place))
            for place, name in enumerate(names[start : start + batch])
        ]
        yield samples.encode(samples.envelope(samples.entry(*changes)))


def shuffled(bodies: Iterable[bytes], *, seed: int) -> list[bytes]:
    """Returns the deliveries in another order, the same for the same seed."""
    mixed = list(bodies)
    random.Random(seed).shuffle(mixed)  # noqa: S311 - repeatable, not secret
    return mixed


def post_all(
    bodies: Sequence[bytes], *, meta: Meta, rate: float, at_once: int, progress: Progress
) -> Tally:
    """Posts the deliveries, `at_once` at most at the same time, and at most `rate` per second.

    A rate of 0 is none. With one at a time they arrive in their order.
    """
    tally = Tally(planned=len(bodies))

    def note(done: Future[Answer]) -> None:
        tally.answers.append(done.result())
        progress(tally)

    with ThreadPoolExecutor(at_once) as pool:
        waiting: set[Future[Answer]] = set()
        for number, body in enumerate(bodies):
            _pause_until(tally.begun + number / rate if rate else 0.0)
            if len(waiting) >= at_once:
                _, waiting = wait(waiting, return_when="FIRST_COMPLETED")
            posted = pool.submit(meta.post, body)
            posted.add_done_callback(note)
            waiting.add(posted)
    return tally


def _pause_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.perf_counter()))
