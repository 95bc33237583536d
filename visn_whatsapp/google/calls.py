"""A call to Google: tried again while that can help, and over when its budget is.

Google's clients have a retry of their own. It gives an attempt the whole timeout again once less
than a second is left, and resumes a broken stream for ever, so it is switched off: None.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from visn_whatsapp.budget import Budget
from visn_whatsapp.google.credentials import no_token

Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """After which failures a call is tried again, and how its budget is shared out."""

    transient: tuple[type[Exception], ...]
    attempt_seconds: float  # for one attempt; what is silent for longer is tried another way
    until_seconds: float  # no attempt begins later than this after the first
    first_pause: float = 0.1  # seconds; doubled each time, and shortened at random
    longest_pause: float = 2.0


def call(attempt: Callable[[float], Result], *, budget: Budget, patience: Patience) -> Result:
    """Calls until it works; each attempt is told how many seconds it may take.

    For want of an access token nothing is tried again: that is remembered for longer.

    Raises what the last attempt raised, or BudgetSpent if there was no time for one.
    """
    pause = patience.first_pause
    while True:
        try:
            return attempt(budget.at_most(patience.attempt_seconds))
        except patience.transient:
            if no_token():
                raise
            wait = pause * random.uniform(0.5, 1.0)  # noqa: S311 - not a secret
            if budget.spent + wait > min(patience.until_seconds, budget.seconds):
                raise
        time.sleep(wait)
        pause = min(2 * pause, patience.longest_pause)
