"""The time that something may take in all, held by a clock that nobody sets."""

import time
from collections.abc import Callable

Clock = Callable[[], float]  # seconds; never goes back


class BudgetSpent(TimeoutError):
    """There was no time left to begin."""


class Budget:
    """So many seconds from now on, whoever spends them."""

    def __init__(self, seconds: float, *, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self.seconds = seconds

    @property
    def spent(self) -> float:
        """Seconds since it began."""
        return self._clock() - self._began

    @property
    def left(self) -> float:
        """Seconds that are left; never less than 0."""
        return max(0.0, self.seconds - self.spent)

    def at_most(self, seconds: float) -> float:
        """As many of these seconds as are left. Raises BudgetSpent if none are."""
        if self.left <= 0:
            raise BudgetSpent
        return min(seconds, self.left)
