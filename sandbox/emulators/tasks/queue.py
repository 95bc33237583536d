"""One queue: which tasks it holds, when each is due, and what an attempt makes of a task.

Nothing here waits or sends. Times are seconds since 1970, handed in.
"""

import heapq
import itertools
from dataclasses import dataclass

from sandbox.emulators.tasks.messages import Queue, QueueState, RetryConfig, Task
from sandbox.emulators.tasks.times import seconds, set_duration, set_time

# What Google picks for a new queue.
DISPATCHES_PER_SECOND = 500.0
CONCURRENT_DISPATCHES = 1000
ATTEMPTS = 100
DOUBLINGS = 16
MIN_BACKOFF_SECONDS = 0.1
MAX_BACKOFF_SECONDS = 3600.0

UNLIMITED = -1
NAME_TAKEN_SECONDS = 4 * 3600.0  # how long the name of a task that has ended stays taken
A_TOKEN = 0.999999  # what is left of 1 by the rounding of its fractions
DONE = range(200, 300)
SERVER_ERRORS = range(500, 600)


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One request to the task handler, after the fact."""

    began: float
    ended: float
    status: int | None  # None: no answer, or none in time


@dataclass(kw_only=True, eq=False)
class QueuedTask:
    """A task and what its attempts so far have left."""

    task: Task
    named: bool  # by whoever created it
    retries: int = 0  # attempts before this one
    executions: int = 0  # answers before this one, those with 5xx not counted
    previous_status: int | None = None
    running: int = 0  # attempts under way

    @property
    def name(self) -> str:
        """The full name."""
        return str(self.task.name)

    @property
    def due(self) -> float:
        """When the next attempt may begin."""
        return seconds(self.task.schedule_time)


class TaskQueue:
    """The tasks of one queue. Not safe for threads: the dispatcher's lock guards it."""

    def __init__(self, config: Queue, *, now: float) -> None:
        self.config = config
        fill_defaults(config)
        config.state = QueueState.RUNNING
        self.tasks: dict[str, QueuedTask] = {}
        self.running = 0
        self._names_taken: dict[str, float] = {}  # name → until when
        self._schedule: list[tuple[float, int, QueuedTask]] = []
        self._order = itertools.count()
        self._tokens = float(config.rate_limits.max_burst_size)
        self._refilled = now

    def add(self, queued: QueuedTask) -> None:
        """Takes a new task in."""
        self.tasks[queued.name] = queued
        self._plan(queued)

    def existed_recently(self, name: str, *, now: float) -> bool:
        """Tells whether a task of this name has ended too recently for another one."""
        self._names_taken = {name: end for name, end in self._names_taken.items() if end > now}
        return name in self._names_taken

    def end(self, queued: QueuedTask, *, now: float) -> None:
        """Removes a task: done, given up, or deleted."""
        del self.tasks[queued.name]
        if queued.named:
            self._names_taken[queued.name] = now + NAME_TAKEN_SECONDS

    def purge(self, *, now: float) -> None:
        """Removes all tasks."""
        for queued in list(self.tasks.values()):
            self.end(queued, now=now)
        set_time(self.config.purge_time, now)

    def take_due(self, *, now: float) -> QueuedTask | None:
        """Returns a task whose attempt begins now, if rate and concurrency allow one."""
        self._refill(now)
        queued = self._next()
        if queued is None or queued.due > now or not self._may_begin():
            return None
        heapq.heappop(self._schedule)
        self._tokens -= 1
        self.begin(queued)
        return queued

    def _may_begin(self) -> bool:
        limits = self.config.rate_limits
        return (
            self.config.state == QueueState.RUNNING
            and self._tokens >= A_TOKEN
            and self.running < limits.max_concurrent_dispatches
        )

    def wait(self, *, now: float) -> float | None:
        """Returns the seconds until something may be due; None: not before something changes."""
        queued = self._next()
        if queued is None or self.config.state != QueueState.RUNNING:
            return None
        limits = self.config.rate_limits
        if self.running >= limits.max_concurrent_dispatches:
            return None
        until_token = max(0.0, 1 - self._tokens) / limits.max_dispatches_per_second
        return max(0.0, queued.due - now, until_token)

    def begin(self, queued: QueuedTask) -> None:
        """Counts an attempt as under way."""
        self.running += 1
        queued.running += 1
        queued.task.dispatch_count += 1

    def settle(self, queued: QueuedTask, attempt: Attempt) -> None:
        """Ends an attempt: the task is done, is planned again, or is given up."""
        self.running -= 1
        queued.running -= 1
        if self.tasks.get(queued.name) is not queued:
            return  # deleted meanwhile
        _note(queued, attempt)
        done = attempt.status is not None and attempt.status in DONE
        if done or self._is_exhausted(queued, now=attempt.ended):
            self.end(queued, now=attempt.ended)
        else:
            pause = backoff(self.config.retry_config, retry=queued.retries)
            set_time(queued.task.schedule_time, attempt.ended + pause)
            self._plan(queued)

    def reschedule(self, queued: QueuedTask, *, due: float) -> None:
        """Moves the next attempt."""
        set_time(queued.task.schedule_time, due)
        self._plan(queued)

    def _plan(self, queued: QueuedTask) -> None:
        heapq.heappush(self._schedule, (queued.due, next(self._order), queued))

    def _next(self) -> QueuedTask | None:
        """Returns the task that is due first; drops what has ended, moved or begun meanwhile."""
        while self._schedule:
            due, _, queued = self._schedule[0]
            is_here = self.tasks.get(queued.name) is queued
            if is_here and not queued.running and due == queued.due:
                return queued
            heapq.heappop(self._schedule)
        return None

    def _refill(self, now: float) -> None:
        limits = self.config.rate_limits
        earned = max(0.0, now - self._refilled) * limits.max_dispatches_per_second
        self._tokens = min(float(limits.max_burst_size), self._tokens + earned)
        self._refilled = now

    def _is_exhausted(self, queued: QueuedTask, *, now: float) -> bool:
        """Google gives up when both limits are reached; a duration of 0 is no limit of its own."""
        config = self.config.retry_config
        if config.max_attempts == UNLIMITED or queued.retries < config.max_attempts:
            return False
        return now - seconds(queued.task.first_attempt.dispatch_time) >= seconds(
            config.max_retry_duration
        )


def _note(queued: QueuedTask, attempt: Attempt) -> None:
    """Writes down what an attempt came to."""
    task = queued.task
    queued.retries += 1
    queued.previous_status = attempt.status
    if not task.HasField("first_attempt"):
        set_time(task.first_attempt.dispatch_time, attempt.began)
    task.last_attempt.schedule_time.CopyFrom(task.schedule_time)
    set_time(task.last_attempt.dispatch_time, attempt.began)
    task.last_attempt.ClearField("response_time")
    if attempt.status is None:
        return
    task.response_count += 1
    set_time(task.last_attempt.response_time, attempt.ended)
    task.last_attempt.response_status.message = f"HTTP status code {attempt.status}"
    if attempt.status not in SERVER_ERRORS:
        queued.executions += 1


def backoff(config: RetryConfig, *, retry: int) -> float:
    """Returns the seconds to wait before the retry of this number, the first being 1.

    Doubles `max_doublings` times, then grows by what it has reached then, up to `max_backoff`:
    10 s, 300 s and 3 doublings give 10, 20, 40, 80, 160, 240, 300, 300, …
    """
    doublings = min(retry - 1, config.max_doublings)
    steps = 1 + max(0, retry - 1 - config.max_doublings)
    pause: float = seconds(config.min_backoff) * 2**doublings * steps
    return min(pause, seconds(config.max_backoff))


def fill_defaults(config: Queue) -> None:
    """Sets what is left open, and the burst size, which callers cannot set."""
    limits, retry = config.rate_limits, config.retry_config
    limits.max_dispatches_per_second = limits.max_dispatches_per_second or DISPATCHES_PER_SECOND
    limits.max_concurrent_dispatches = limits.max_concurrent_dispatches or CONCURRENT_DISPATCHES
    limits.max_burst_size = max(1, int(limits.max_dispatches_per_second))
    retry.max_attempts = retry.max_attempts or ATTEMPTS
    retry.max_doublings = retry.max_doublings or DOUBLINGS
    if not retry.HasField("min_backoff"):
        set_duration(retry.min_backoff, MIN_BACKOFF_SECONDS)
    if not retry.HasField("max_backoff"):
        set_duration(retry.max_backoff, MAX_BACKOFF_SECONDS)
