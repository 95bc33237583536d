"""Something that takes time to get and is then kept, such as a token or a client.

It is got by a thread of its own. Whoever needs it waits for that thread within a budget, all at
once and none behind another, and a failure is remembered for a moment: nobody finds out again for
seconds what somebody has just found out.
"""

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

from visn_whatsapp.budget import Budget, Clock

logger = logging.getLogger(__name__)

Value = TypeVar("Value")

FAILURE_LASTS_SECONDS = 5.0
SLOW_AFTER_SECONDS = 5.0  # nobody begins to wait for a thread that has taken longer already
ABANDONED_AFTER_SECONDS = 30.0  # a thread that hangs for longer is left to itself


class Unobtainable(Exception):
    """It cannot be had at the moment; the text is the name of the reason."""


class Kept(Generic[Value]):
    """One value. Safe to use from many threads, and after a fork."""

    def __init__(
        self,
        get: Callable[[], Value],
        *,
        name: str,
        fresh: Callable[[Value], bool] = lambda _: True,
        usable: Callable[[Value], bool] | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        """`get` may raise anything. What is not fresh is got again; if `usable` nobody waits."""
        self._get = get
        self._name = name  # for the log
        self._fresh = fresh
        self._usable = usable or fresh
        self._clock = clock
        self.begin_anew()
        _all.add(self)

    def value(self, budget: Budget) -> Value:
        """Returns it, from memory where that has it.

        Raises Unobtainable: within the budget, or at once if that was found out a moment ago.
        """
        held = self._held
        if held is not None and self._fresh(held):
            return held
        attempt = self._attempt(oldest=self._clock() - FAILURE_LASTS_SECONDS)
        if held is not None and self._usable(held):
            return held
        return attempt.result(budget)

    def newer(self, budget: Budget, *, than_seconds: float) -> Value:
        """Returns one that was asked for less than so many seconds ago. Raises Unobtainable."""
        return self._attempt(oldest=self._clock() - than_seconds).result(budget)

    @property
    def missing(self) -> bool:
        """Whether there is none in memory that can be used, as somebody found out a moment ago."""
        held, latest = self._held, self._latest
        if held is not None and self._usable(held):
            return False
        return latest is not None and latest.failed(self._clock() - FAILURE_LASTS_SECONDS)

    @property
    def held(self) -> Value | None:
        """What is in memory, however old."""
        return self._held

    def begin_anew(self) -> None:
        """Forgets everything, threads under way too."""
        self._lock = threading.Lock()
        self._held: Value | None = None
        self._latest: _Attempt[Value] | None = None

    def _attempt(self, *, oldest: float) -> "_Attempt[Value]":
        """Returns the attempt under way, one that ended after that moment, or a new one."""
        with self._lock:
            latest = self._latest
            if latest is None or not latest.counts(oldest):
                latest = self._latest = _Attempt(self._clock)
                threading.Thread(
                    target=self._run, args=(latest,), name=self._name, daemon=True
                ).start()
            return latest

    def _run(self, attempt: "_Attempt[Value]") -> None:
        try:
            value = self._get()
        except BaseException as error:  # noqa: BLE001 - whoever waits is told
            logger.warning(
                "Google was not reached.",
                extra={"kind": self._name, "error": type(error).__name__},
            )
            attempt.fail(error)
        else:
            self._held = value
            attempt.succeed(value)


class _Attempt(Generic[Value]):
    """One thread that gets it, has got it, or has failed to."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began_at = clock()
        self._ended_at = float("inf")
        self._future: Future[Value] = Future()

    def counts(self, oldest: float) -> bool:
        """Whether to wait for this one: it ended after that moment, or has not hung for long.

        A failure counts for a moment alone, however old a value might be.
        """
        if self._future.done():
            if self._future.exception():
                oldest = max(oldest, self._clock() - FAILURE_LASTS_SECONDS)
            return self._ended_at > oldest
        return self._clock() - self._began_at < ABANDONED_AFTER_SECONDS

    def failed(self, oldest: float) -> bool:
        """Whether it came to nothing, after that moment."""
        return self._ended_at > oldest and self._future.done() and bool(self._future.exception())

    def result(self, budget: Budget) -> Value:
        """Waits for it. Raises Unobtainable."""
        patience = SLOW_AFTER_SECONDS - (self._clock() - self._began_at)
        try:
            return self._future.result(timeout=max(0.0, min(budget.left, patience)))
        except Exception as error:
            known = isinstance(error, Unobtainable)  # what it needs cannot be had
            raise Unobtainable(str(error) if known else type(error).__name__) from error

    def succeed(self, value: Value) -> None:
        """Hands the value to everybody who waits."""
        self._ended_at = self._clock()
        self._future.set_result(value)

    def fail(self, error: BaseException) -> None:
        """Hands the error to everybody who waits."""
        self._ended_at = self._clock()
        self._future.set_exception(error)


_all: "weakref.WeakSet[Kept[Any]]" = weakref.WeakSet()


def _forget() -> None:
    """Lets a forked child begin without its parent's threads, locks and connections."""
    for kept in list(_all):
        kept.begin_anew()


os.register_at_fork(after_in_child=_forget)
