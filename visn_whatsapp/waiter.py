"""One call that waits for its turn or its answer, beside others (visn_whatsapp/together.py)."""

from collections.abc import Sequence
from itertools import pairwise
from threading import Lock
from typing import Any, Generic, TypeVar

Ask = TypeVar("Ask")
Answer = TypeVar("Answer")


class Waiter(Generic[Ask, Answer]):
    """What one thread asks; it waits until it is woken, with an answer or to lead.

    Those of a group are woken one by the other: many who are woken at once only get into each
    other's way, since one at a time runs, and hold up who leads next.
    """

    __slots__ = ("_answer", "_error", "_woken", "ask", "going", "is_woken", "next", "weight")

    def __init__(self, ask: Ask, *, weight: int) -> None:
        self.ask = ask
        self.weight = weight
        self.next: Waiter[Ask, Answer] | None = None  # who is woken after this one
        self.going: list[Waiter[Ask, Answer]] = []  # who go on under its lead
        self.is_woken = False
        self._answer: list[Answer] = []
        self._error: BaseException | None = None
        self._woken = Lock()
        self._woken.acquire()

    @property
    def is_answered(self) -> bool:
        """Whether there is anything to be told."""
        return bool(self._answer) or self._error is not None

    def wait(self, seconds: float | None = None) -> bool:
        """Whether it was woken within the time."""
        return self._woken.acquire(timeout=-1 if seconds is None else seconds)

    def wake(self) -> None:
        """Lets it go on; once."""
        self.is_woken = True
        self._woken.release()

    def wake_next(self) -> None:
        """Lets the one go on that is woken after this one, if there is one."""
        if self.next is not None:
            self.next.wake()

    def answers(self, answer: Answer) -> None:
        """Has an answer, or another one than before."""
        self._answer = [answer]

    def fails(self, error: BaseException) -> None:
        """Has an error for its answer."""
        self._error = error

    def answer(self) -> Answer:
        """Returns what it was told, or raises it."""
        if self._error is not None:
            raise self._error
        return self._answer[0]


def wake_in_turn(group: Sequence[Waiter[Any, Any]]) -> None:
    """Wakes the first, who wakes the next."""
    for call, following in pairwise(group):
        call.next = following
    for call in group[:1]:
        call.wake()
