"""Calls of many threads that share their work."""

import os
import random
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, Queue
from typing import Any

import pytest

from visn_whatsapp.together import Alone, Together

THREADS = 32
WAIT_SECONDS = 30


class Work:
    """Doubles numbers; keeps what it was asked together, and by which thread."""

    def __init__(self) -> None:
        self.groups: list[Sequence[int]] = []
        self.leaders: list[int] = []
        self.held = threading.Event()
        self.going_on = threading.Event()

    def __call__(self, asked: Sequence[int]) -> Sequence[int]:
        self.groups.append(asked)
        self.leaders.append(threading.get_ident())
        if asked[0] == 0:
            self.held.set()
            assert self.going_on.wait(WAIT_SECONDS)
        if any(ask < 0 for ask in asked):
            raise LookupError(asked)
        return [2 * ask for ask in asked]


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(THREADS) as pool:
        yield pool


def together(
    work: Work, *, most: int = 100, weigh: Callable[[int], int] = lambda _: 1
) -> Together[int, int]:
    return Together(work, most=most, weigh=weigh)


def behind(
    calls: Together[int, int], work: Work, pool: ThreadPoolExecutor, asks: Sequence[int]
) -> list["Future[int]"]:
    """Asks for 0, and in this order for the others while that is under way."""
    asked = [pool.submit(calls.do, 0)]
    assert work.held.wait(WAIT_SECONDS)
    for waiting, ask in enumerate(asks, start=1):
        asked.append(pool.submit(calls.do, ask))
        _until(calls, waiting)
    work.going_on.set()
    return asked


def test_a_call_that_finds_nobody_goes_at_once_and_alone(work: Work) -> None:
    calls = together(work)
    assert [calls.do(ask) for ask in (1, 2, 3)] == [2, 4, 6]
    assert work.groups == [[1], [2], [3]]
    assert set(work.leaders) == {threading.get_ident()}


def test_who_comes_meanwhile_goes_together_with_the_next(
    work: Work, pool: ThreadPoolExecutor
) -> None:
    asked = behind(together(work), work, pool, [1, 2, 3])
    assert [each.result(WAIT_SECONDS) for each in asked] == [0, 2, 4, 6]
    assert work.groups == [[0], [1, 2, 3]]
    assert len(set(work.leaders)) == 2


def test_no_turn_is_heavier_than_it_may_be(work: Work, pool: ThreadPoolExecutor) -> None:
    calls = together(work, most=5, weigh=lambda ask: ask)
    asked = behind(calls, work, pool, [2, 3, 1, 9, 4])
    assert [each.result(WAIT_SECONDS) for each in asked] == [0, 4, 6, 2, 18, 8]
    assert work.groups == [[0], [2, 3], [1], [9], [4]]
    assert calls.waiting == 0


def test_what_fails_alone_is_raised_as_it_is(work: Work) -> None:
    calls = together(work)
    with pytest.raises(LookupError):
        calls.do(-1)
    assert calls.do(1) == 2


def test_what_fails_for_several_says_nothing_of_one(work: Work, pool: ThreadPoolExecutor) -> None:
    calls = together(work)
    first, *others = behind(calls, work, pool, [1, -1, 3])
    assert first.result(WAIT_SECONDS) == 0
    errors = [each.exception(WAIT_SECONDS) for each in others]
    assert [type(error) for error in errors] == [Alone] * 3
    assert {type(error.__cause__) for error in errors if error} == {LookupError}
    assert len({id(error) for error in errors}) == 3  # each has a trace of its own
    assert calls.do(1) == 2


def test_who_leads_ends_where_its_thread_shall_end(pool: ThreadPoolExecutor) -> None:
    """And the others go alone."""
    work = Work()

    def end(asked: Sequence[int]) -> Sequence[int]:
        done = work(asked)
        if len(asked) > 1:
            raise SystemExit
        return done

    first, leader, *others = behind(Together(end, most=100), work, pool, [1, 2, 3])
    assert first.result(WAIT_SECONDS) == 0
    assert isinstance(leader.exception(WAIT_SECONDS), SystemExit)
    assert {type(each.exception(WAIT_SECONDS)) for each in others} == {Alone}


def test_a_forked_child_waits_for_none_of_its_parents_threads(
    work: Work, pool: ThreadPoolExecutor
) -> None:
    calls = together(work)
    asked = pool.submit(calls.do, 0)
    assert work.held.wait(WAIT_SECONDS)
    child = os.fork()
    if child == 0:
        signal.alarm(WAIT_SECONDS)
        os._exit(calls.do(21))
    _, status = os.waitpid(child, 0)
    work.going_on.set()
    assert os.waitstatus_to_exitcode(status) == 42
    assert asked.result(WAIT_SECONDS) == 0


def test_too_few_answers_are_none(pool: ThreadPoolExecutor) -> None:
    work = Work()
    calls = Together[int, int](lambda asked: work(asked)[:2], most=100)
    first, *others = behind(calls, work, pool, [1, 2, 3])
    assert first.result(WAIT_SECONDS) == 0
    assert {type(each.exception(WAIT_SECONDS)) for each in others} == {Alone}


def test_of_many_at_once_everybody_gets_their_own_answer(pool: ThreadPoolExecutor) -> None:
    work = Work()
    calls = together(work, most=7)

    def ask(seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - not a secret
        for _ in range(200):
            number = chance.choice([-1, *range(1, 50)])
            with suppress(LookupError, Alone):
                assert calls.do(number) == 2 * number

    for each in [pool.submit(ask, seed) for seed in range(THREADS)]:
        each.result(WAIT_SECONDS)
    assert sum(map(len, work.groups)) == THREADS * 200
    assert max(map(len, work.groups)) <= 7
    assert calls.waiting == 0


def test_the_next_turn_begins_while_the_last_one_goes_on(pool: ThreadPoolExecutor) -> None:
    work, further = Work(), Work()
    calls = Together[int, int](work, then=lambda asks, _: further(asks), most=100)
    work.going_on.set()
    slow = pool.submit(calls.do, 0)
    assert further.held.wait(WAIT_SECONDS)
    assert [pool.submit(calls.do, ask).result(WAIT_SECONDS) for ask in (1, 2)] == [2, 4]
    assert not slow.done()
    further.going_on.set()
    assert slow.result(WAIT_SECONDS) == 0
    assert further.groups == work.groups == [[0], [1], [2]]
    assert further.leaders == work.leaders


def test_what_fails_as_it_goes_on_fails_for_its_turn_alone(
    work: Work, pool: ThreadPoolExecutor
) -> None:
    def then(asks: Sequence[int], answers: Sequence[int]) -> Sequence[int]:
        if 7 in asks:
            raise LookupError(asks)
        return answers

    first, *others = behind(
        Together[int, int](work, then=then, weigh=lambda ask: ask, most=8), work, pool, [1, 7, 5]
    )
    assert first.result(WAIT_SECONDS) == 0
    assert [type(each.exception(WAIT_SECONDS)) for each in others[:2]] == [Alone] * 2
    assert others[2].result(WAIT_SECONDS) == 10


@pytest.mark.parametrize("then", [None, lambda _, answers: answers])
def test_who_waits_too_long_leads_a_turn_beside_the_one_under_way(
    work: Work, pool: ThreadPoolExecutor, then: Any
) -> None:
    calls: Together[int, int] = Together(work, then=then, most=100, patience=0.05)
    slow = pool.submit(calls.do, 0)
    assert work.held.wait(WAIT_SECONDS)
    beside = [pool.submit(calls.do, ask) for ask in (1, 2, 3)]
    assert [each.result(WAIT_SECONDS) for each in beside] == [2, 4, 6]
    assert not slow.done()
    work.going_on.set()
    assert slow.result(WAIT_SECONDS) == 0
    assert calls.do(4) == 8
    assert sorted(ask for group in work.groups for ask in group) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("order", [[1, 2, 3, 4], [2, 1, 4, 3], [1, 3, 4, 2]], ids=str)
def test_whoever_does_not_go_on_is_not_kept_waiting(
    work: Work, pool: ThreadPoolExecutor, order: list[int]
) -> None:
    """Whoever leads the turn; of those who go on the first leads on."""
    further = Work()

    def then(asks: Sequence[int], answers: Sequence[int]) -> Sequence[int]:
        further([0, *asks])  # which is held
        return [10 * answer for answer in answers]

    calls = Together[int, int](work, then=then, goes_on=lambda ask, _: ask in {2, 4}, most=100)
    asked = dict(zip([0, *order], behind(calls, work, pool, order), strict=True))
    assert further.held.wait(WAIT_SECONDS)
    assert [asked[ask].result(WAIT_SECONDS) for ask in (0, 1, 3)] == [0, 2, 6]
    assert not asked[2].done()
    assert not asked[4].done()
    assert calls.do(5) == 10, "the next turn is free"
    further.going_on.set()
    assert [asked[ask].result(WAIT_SECONDS) for ask in (2, 4)] == [40, 80]
    assert further.groups == [[0, *(ask for ask in order if ask in {2, 4})]]


def test_what_fails_as_some_go_on_fails_for_those_alone(
    work: Work, pool: ThreadPoolExecutor
) -> None:
    def then(asks: Sequence[int], _: Sequence[int]) -> Sequence[int]:
        raise LookupError(asks)

    calls = Together[int, int](work, then=then, goes_on=lambda ask, _: ask > 1, most=100)
    asked = behind(calls, work, pool, [1, 2, 3])
    assert [each.result(WAIT_SECONDS) for each in asked[:2]] == [0, 2]
    assert [type(each.exception(WAIT_SECONDS)) for each in asked[2:]] == [Alone, Alone]


class Further:
    """What groups go on with: each until it is told to end."""

    def __init__(self) -> None:
        self.begun: Queue[Sequence[int]] = Queue()
        self.ends: dict[int, threading.Event] = defaultdict(threading.Event)

    def __call__(self, asked: Sequence[int], answers: Sequence[int]) -> Sequence[int]:
        self.begun.put(asked)
        assert self.ends[asked[0]].wait(WAIT_SECONDS)
        return [10 * answer for answer in answers]


def two_abreast(
    work: Work, pool: ThreadPoolExecutor, *, patience: float | None = None
) -> tuple[Together[int, int], Further, list["Future[int]"]]:
    """Two groups that go on until they are told to end, one after the other."""
    further = Further()
    calls = Together[int, int](work, then=further, most=100, abreast=2, patience=patience)
    asked = []
    for ask in (1, 2):
        asked.append(pool.submit(calls.do, ask))
        assert further.begun.get(timeout=WAIT_SECONDS) == [ask]
    return calls, further, asked


def test_where_two_groups_go_on_the_next_is_waited_for(
    work: Work, pool: ThreadPoolExecutor
) -> None:
    """Until either is through, or fails; and those who come meanwhile are one group."""
    calls, further, asked = two_abreast(work, pool)
    for waiting, ask in enumerate((3, 4, 5), start=1):
        asked.append(pool.submit(calls.do, ask))
        _until(calls, waiting)
    assert work.groups == [[1], [2]]
    further.ends[2].set()
    assert further.begun.get(timeout=WAIT_SECONDS) == [3, 4, 5]
    for ask in (1, 3):
        further.ends[ask].set()
    assert [each.result(WAIT_SECONDS) for each in asked] == [20, 40, 60, 80, 100]


def test_a_turn_that_leaves_nothing_to_go_on_with_makes_room(
    work: Work, pool: ThreadPoolExecutor
) -> None:
    calls, further, asked = two_abreast(work, pool)
    failing = pool.submit(calls.do, -3)
    _until(calls, 1)
    further.ends[1].set()
    assert isinstance(failing.exception(WAIT_SECONDS), LookupError)
    asked.append(pool.submit(calls.do, 4))
    assert further.begun.get(timeout=WAIT_SECONDS) == [4]
    for ask in (2, 4):
        further.ends[ask].set()
    assert [each.result(WAIT_SECONDS) for each in asked] == [20, 40, 80]


def test_those_who_go_on_for_too_long_hold_up_nobody(work: Work, pool: ThreadPoolExecutor) -> None:
    calls, further, asked = two_abreast(work, pool, patience=0.01)
    for ask in (3, 4):
        asked.append(pool.submit(calls.do, ask))
        assert further.begun.get(timeout=WAIT_SECONDS) == [ask]
    for ask in (1, 2, 3, 4):
        further.ends[ask].set()
    assert [each.result(WAIT_SECONDS) for each in asked] == [20, 40, 60, 80]
    further.ends[5].set()
    assert calls.do(5) == 100, "the next turn is free"


def test_more_groups_than_two_become_two_again(work: Work, pool: ThreadPoolExecutor) -> None:
    calls, further, asked = two_abreast(work, pool, patience=2.0)
    asked.append(pool.submit(calls.do, 3))
    assert further.begun.get(timeout=WAIT_SECONDS) == [3]
    asked.append(pool.submit(calls.do, 4))
    _until(calls, 1)
    further.ends[1].set()
    asked[0].result(WAIT_SECONDS)
    with pytest.raises(Empty):
        further.begun.get(timeout=0.1)
    further.ends[2].set()
    assert further.begun.get(timeout=1.0) == [4]
    for ask in (3, 4):
        further.ends[ask].set()
    assert [each.result(WAIT_SECONDS) for each in asked] == [20, 40, 60, 80]


def test_a_turn_under_way_is_waited_for_however_long_it_takes(
    work: Work, pool: ThreadPoolExecutor
) -> None:
    further = Further()
    for ask in (0, 1):
        further.ends[ask].set()
    calls = Together[int, int](work, then=further, most=100, abreast=2, patience=0.01)
    slow = pool.submit(calls.do, 0)
    assert work.held.wait(WAIT_SECONDS)
    beside = pool.submit(calls.do, 1)
    time.sleep(0.2)
    assert work.groups == [[0]]
    work.going_on.set()
    assert [slow.result(WAIT_SECONDS), beside.result(WAIT_SECONDS)] == [0, 20]


class Interrupted(Exception):
    """What a signal raises."""


@pytest.fixture
def _signals() -> Iterator[None]:
    def interrupt(*_: object) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGUSR1, interrupt)
    yield
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.usefixtures("_signals")
@pytest.mark.parametrize("in_a_group", [False, True])
def test_who_is_interrupted_as_it_waits_keeps_nobody_else(
    work: Work, pool: ThreadPoolExecutor, in_a_group: bool
) -> None:
    """Whether its turn has begun or not."""
    begun, going_on = threading.Event(), threading.Event()

    def held(asked: Sequence[int]) -> Sequence[int]:
        done = work(asked)
        if len(asked) > 1:
            begun.set()
            assert going_on.wait(WAIT_SECONDS)
        return done

    calls = Together[int, int](held, most=100)
    main = threading.main_thread().ident or 0

    def conduct() -> list["Future[int]"]:
        asked = []
        for waiting, ask in ((2, 3), (3, 4)):  # behind 1 and the main thread
            _until(calls, waiting)
            asked.append(pool.submit(calls.do, ask))
        _until(calls, 4)
        if in_a_group:
            work.going_on.set()
            assert begun.wait(WAIT_SECONDS)
        signal.pthread_kill(main, signal.SIGUSR1)
        time.sleep(0.05)
        going_on.set()
        work.going_on.set()
        return asked

    asked = [pool.submit(calls.do, 0)]
    assert work.held.wait(WAIT_SECONDS)
    asked.append(pool.submit(calls.do, 1))
    _until(calls, 1)
    conducted = pool.submit(conduct)
    with pytest.raises(Interrupted):
        calls.do(2)
    asked += conducted.result(WAIT_SECONDS)
    assert [each.result(WAIT_SECONDS) for each in asked] == [0, 2, 6, 8]
    assert work.groups == ([[0], [1, 2, 3, 4]] if in_a_group else [[0], [1, 3, 4]])
    assert calls.do(5) == 10


def _until(calls: Together[int, int], waiting: int) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while calls.waiting < waiting:
        assert time.monotonic() < deadline
        time.sleep(0.001)
