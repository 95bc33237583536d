"""Calls that come while another is under way go together with the next: one piece of work for all.

Nobody waits for company. A call that finds nobody under way goes at once and alone, so that at a
low rate nothing changes; the busier a process is, the more calls share what each of them costs.
"""

import os
from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, Generic

from visn_whatsapp.waiter import Answer, Ask, Waiter, wake_in_turn


class Alone(Exception):
    """Work for several has failed, which says nothing of one of them; nothing is done for any.

    The error is the cause. Whoever gets this had better try by itself.
    """


class Together(Generic[Ask, Answer]):
    """Does the work of many threads in turns: one of them leads, for itself and those who wait.

    The next turn is led by the first of those who have come meanwhile, in its own thread, so that
    nobody leads for longer than it takes to get its own answer.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Ask]], Sequence[Answer]],
        *,
        then: Callable[[Sequence[Ask], Sequence[Answer]], Sequence[Answer]] | None = None,
        goes_on: Callable[[Ask, Answer], bool] = lambda _, __: True,
        weigh: Callable[[Ask], int] = lambda _: 1,
        most: int,
        abreast: int | None = None,
        patience: float | None = None,
    ) -> None:
        """`work` answers all that it is asked, in their order, or raises and has done nothing.

        `then` goes on with the asks and their answers, and returns what they come to. The next turn
        begins beside it, where fewer than `abreast` groups are at it: more of them would only be
        smaller. Whoever `goes_on` says it does not concern has its answer before it begins.
        `most`: what a turn may weigh; a call that weighs more has a turn by itself.
        `patience`: seconds after which who waits leads a turn with those who wait as well: beside
        the one under way, or with `abreast`, once that is over, beside however many go on.
        """
        self._work = work
        self._then = then or (lambda _, answers: answers)
        self._goes_on = goes_on if then else (lambda _, __: False)
        self._abreast = abreast
        self._weigh = weigh
        self._most = most
        self._patience = patience
        self._lock = Lock()
        self._turns = 0  # under way
        self._going = 0  # groups that are at `then`
        self._is_held = False  # the next turn, until one of these groups is through
        self._waiting: deque[Waiter[Ask, Answer]] = deque()
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        """Lets a forked child begin without its parent's threads."""
        self._lock = Lock()
        self._turns = self._going = 0
        self._is_held = False
        self._waiting.clear()

    def do(self, ask: Ask) -> Answer:
        """Returns the answer, or raises what the work has raised: Alone, if it was for several."""
        call = Waiter[Ask, Answer](ask, weight=self._weigh(ask))
        if self._has_to_wait(call):
            self._wait(call)
        if call.going:
            self._go_on(call.going)
        elif not call.is_answered:
            self._lead(call)
        return call.answer()

    @property
    def waiting(self) -> int:
        """How many calls wait for the next turn."""
        with self._lock:
            return len(self._waiting)

    def _has_to_wait(self, call: Waiter[Ask, Answer]) -> bool:
        with self._lock:
            if self._turns:
                self._waiting.append(call)
                return True
            self._turns += 1
            return False

    def _wait(self, call: Waiter[Ask, Answer]) -> None:
        """Returns once the call has an answer, or has to lead."""
        try:
            while not call.wait(self._patience) and not self._begins(call):
                pass
        except BaseException:
            self._leave(call)
            raise
        call.wake_next()

    def _begins(self, call: Waiter[Ask, Answer]) -> bool:
        """Begins a turn for who has waited too long, unless its turn has come meanwhile."""
        with self._lock:
            if call not in self._waiting or not self._may_begin():
                return False
            self._waiting.remove(call)
            if self._is_held:
                self._is_held = False
            else:
                self._turns += 1
            call.is_woken = True
            return True

    def _may_begin(self) -> bool:
        return self._abreast is None or self._is_held

    def _leave(self, call: Waiter[Ask, Answer]) -> None:
        """Lets those go on who count on a thread that is interrupted as it waits."""
        with self._lock:
            if call in self._waiting:
                self._waiting.remove(call)
                return
        if not call.is_woken:
            call.wait()
        call.wake_next()
        if call.going:
            self._go_on(call.going)
        elif not call.is_answered:
            self._hand_over()

    def _lead(self, first: Waiter[Ask, Answer]) -> None:
        group, going = [first], list[Waiter[Ask, Answer]]()
        try:
            try:
                group += self._company(first)
                done, going = self._answered(group, self._work([call.ask for call in group]))
            finally:
                self._end_turn(going)
        except BaseException as error:  # noqa: BLE001 - whoever waits is told
            _fail(group, error)
            done, going = group, []
        if going and going[0] is not first:
            wake_in_turn([going[0], *done[1:]])
        else:
            wake_in_turn([call for call in done if call is not first])
            if going:
                self._go_on(going)

    def _answered(
        self, group: Sequence[Waiter[Ask, Answer]], answers: Sequence[Answer]
    ) -> tuple[list[Waiter[Ask, Answer]], list[Waiter[Ask, Answer]]]:
        """Returns who has an answer now, and who goes on; of those the first leads."""
        done, going = list[Waiter[Ask, Answer]](), list[Waiter[Ask, Answer]]()
        for call, answer in zip(group, answers, strict=True):
            call.answers(answer)
            (going if self._goes_on(call.ask, answer) else done).append(call)
        if going:
            going[0].going = going
        return done, going

    def _go_on(self, group: Sequence[Waiter[Ask, Answer]]) -> None:
        try:
            asks, so_far = [call.ask for call in group], [call.answer() for call in group]
            for call, answer in zip(group, self._then(asks, so_far), strict=True):
                call.answers(answer)
        except BaseException as error:  # noqa: BLE001 - as above
            _fail(group, error)
        finally:
            group[0].going = []  # which holds itself
            self._end_going()
            wake_in_turn(group[1:])

    def _company(self, first: Waiter[Ask, Answer]) -> list[Waiter[Ask, Answer]]:
        """Those who have come meanwhile, in their order, as far as there is room."""
        room = self._most - first.weight
        company = []
        with self._lock:
            while self._waiting and (room := room - self._waiting[0].weight) >= 0:
                company.append(self._waiting.popleft())
        return company

    def _end_turn(self, going: Sequence[Waiter[Ask, Answer]]) -> None:
        """Lets the next turn begin, unless enough are at `then` with those who go on now."""
        with self._lock:
            self._going += bool(going)
            self._is_held = bool(going) and self._is_full()
            if self._is_held:
                return
        self._hand_over()

    def _end_going(self) -> None:
        """Lets the turn begin that was held."""
        with self._lock:
            self._going -= 1
            if not self._is_held or self._is_full():
                return
            self._is_held = False
        self._hand_over()

    def _is_full(self) -> bool:
        return self._abreast is not None and self._going >= self._abreast

    def _hand_over(self) -> None:
        """Wakes who leads next: it has no answer yet."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().wake()
            else:
                self._turns -= 1


def _fail(group: Sequence[Waiter[Any, Any]], error: BaseException) -> None:
    """Tells each of what has failed for all: who was alone, or leads, may have to end of it."""
    for call in group:
        alone = len(group) == 1 or (call is group[0] and not isinstance(error, Exception))
        call.fails(error if alone else _alone(error))


def _alone(cause: BaseException) -> Alone:
    told = Alone()
    told.__cause__ = cause
    return told
