"""What is got once and kept: who waits for it, and for how long."""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.threads import at_once
from visn_whatsapp.budget import Budget
from visn_whatsapp.google.kept import (
    ABANDONED_AFTER_SECONDS,
    FAILURE_LASTS_SECONDS,
    SLOW_AFTER_SECONDS,
    Kept,
    Unobtainable,
)


class Source:
    """Gives out numbers, when it is let, and fails as often as it is told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.failures = 0
        self.let = threading.Event()
        self.let.set()
        self.now = 0.0

    def get(self) -> int:
        self.asked += 1
        number = self.asked
        self.let.wait(20)
        if number <= self.failures:
            raise KeyError("token")
        return number

    def kept(self, **options: Callable[[int], bool]) -> Kept[int]:
        return Kept(self.get, name="number", clock=lambda: self.now, **options)


@pytest.fixture
def source() -> Source:
    return Source()


def test_it_is_got_once_however_many_ask(source: Source) -> None:
    kept = source.kept()
    source.let.clear()
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(kept.value, Budget(20.0)) for _ in range(8)]
        source.let.set()
        assert [each.result() for each in waiting] == [1] * 8
    assert kept.value(Budget(0.0)) == 1
    assert source.asked == 1


def test_it_is_got_once_by_all_who_ask_at_the_same_moment(source: Source) -> None:
    def slow_clock() -> float:
        time.sleep(0.02)  # time for the others, between looking for an attempt and beginning one
        return 0.0

    kept = Kept(source.get, name="number", clock=slow_clock)
    asked = at_once([lambda: kept.value(Budget(20.0))] * 8, with_database=False)
    assert asked == [1] * 8
    assert source.asked == 1


def test_all_wait_for_their_budget_and_none_behind_another(source: Source) -> None:
    kept = source.kept()
    source.let.clear()
    start = time.monotonic()
    with ThreadPoolExecutor(24) as pool:
        waiting = [pool.submit(kept.value, Budget(0.3)) for _ in range(24)]
        assert [str(each.exception()) for each in waiting] == ["TimeoutError"] * 24
    assert time.monotonic() - start < 24 * 0.3 / 2
    source.let.set()


def test_what_comes_after_the_budget_is_there_for_the_next(source: Source) -> None:
    kept = source.kept()
    source.let.clear()
    with pytest.raises(Unobtainable):
        kept.value(Budget(0.01))
    source.let.set()
    assert kept.value(Budget(10.0)) == 1


def test_a_failure_is_remembered_for_a_moment(source: Source) -> None:
    kept = source.kept()
    source.failures = 1
    for _ in range(3):
        with pytest.raises(Unobtainable, match=r"^KeyError$"):
            kept.value(Budget(10.0))
    assert source.asked == 1
    source.now = FAILURE_LASTS_SECONDS
    assert kept.value(Budget(10.0)) == 2


def test_it_is_missing_as_long_as_a_failure_is_remembered(source: Source) -> None:
    kept = source.kept()
    assert not kept.missing
    source.failures = 1
    with pytest.raises(Unobtainable):
        kept.value(Budget(10.0))
    assert kept.missing
    source.now = FAILURE_LASTS_SECONDS
    assert not kept.missing
    assert kept.value(Budget(10.0)) == 2
    assert not kept.missing


def test_it_is_not_missing_while_an_older_one_can_be_used(source: Source) -> None:
    usable = [True]
    kept = source.kept(fresh=lambda _: False, usable=lambda _: usable[0])
    assert kept.newer(Budget(10.0), than_seconds=0.0) == 1
    source.failures = 2
    source.now = 1.0
    with pytest.raises(Unobtainable):
        kept.newer(Budget(10.0), than_seconds=1.0)
    assert not kept.missing
    usable[0] = False
    assert kept.missing


def test_nobody_begins_to_wait_for_what_hangs_and_at_last_another_is_sent(source: Source) -> None:
    kept = source.kept()
    source.let.clear()
    with pytest.raises(Unobtainable):
        kept.value(Budget(0.01))
    source.now = SLOW_AFTER_SECONDS
    start = time.monotonic()
    with pytest.raises(Unobtainable):
        kept.value(Budget(10.0))
    assert time.monotonic() - start < 5.0
    assert source.asked == 1
    source.now = ABANDONED_AFTER_SECONDS
    source.let.set()
    assert kept.value(Budget(10.0)) in {1, 2}
    assert source.asked == 2


def test_what_is_stale_is_given_out_while_another_is_got(source: Source) -> None:
    kept = source.kept(fresh=lambda number: number > 1, usable=lambda _: True)
    assert kept.value(Budget(10.0)) == 1
    source.now = FAILURE_LASTS_SECONDS
    source.let.clear()
    assert kept.value(Budget(10.0)) == 1
    source.let.set()
    while kept.held == 1:
        time.sleep(0.01)
    assert kept.value(Budget(10.0)) == 2


def test_a_newer_one_is_got_if_the_last_was_asked_for_long_ago(source: Source) -> None:
    kept = source.kept()
    assert kept.value(Budget(10.0)) == 1
    source.now = 59.0
    assert kept.newer(Budget(10.0), than_seconds=60.0) == 1
    source.now = 60.0
    assert kept.newer(Budget(10.0), than_seconds=60.0) == 2


def test_a_failure_to_get_a_newer_one_is_remembered_for_a_moment_too(source: Source) -> None:
    kept = source.kept()
    assert kept.value(Budget(10.0)) == 1
    source.now = 60.0
    source.failures = 2
    for _ in range(2):
        with pytest.raises(Unobtainable):
            kept.newer(Budget(10.0), than_seconds=60.0)
    assert source.asked == 2
    source.now += FAILURE_LASTS_SECONDS
    assert kept.newer(Budget(10.0), than_seconds=60.0) == 3


def test_a_forked_child_gets_its_own(source: Source) -> None:
    kept = source.kept()
    source.let.clear()
    with pytest.raises(Unobtainable):
        kept.value(Budget(0.01))  # the parent's thread does not come along
    child = os.fork()
    if child == 0:
        source.let.set()
        os._exit(kept.value(Budget(10.0)))
    source.let.set()
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 2
