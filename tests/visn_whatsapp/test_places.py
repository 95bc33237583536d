"""Places for work: how many there are, and which database connection one has in each."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from visn_whatsapp import places
from visn_whatsapp.places import Busy, Places

T = TypeVar("T")


def connection() -> BaseDatabaseWrapper:
    """Returns the connection of this thread; it opens nothing by itself."""
    return connections["default"]


@contextmanager
def taken(places: Places) -> Iterator[None]:
    """Has a place."""
    place = places.take()
    try:
        yield
    finally:
        places.give_back(place)


def in_a_new_thread(work: Callable[[], T]) -> T:
    """Returns what work returns; this thread's own connection stays out of it."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def test_a_connection_goes_with_the_place_from_thread_to_thread() -> None:
    with_one = Places(1)

    def work() -> BaseDatabaseWrapper:
        with taken(with_one):
            used = connection()
            used.validate_thread_sharing()
        assert used not in connections.all(initialized_only=True)
        return used

    assert in_a_new_thread(work) is in_a_new_thread(work)


def test_the_place_that_was_left_last_is_taken_first() -> None:
    with_many = Places(32)

    def work() -> BaseDatabaseWrapper:
        with taken(with_many):
            return connection()

    assert in_a_new_thread(work) is in_a_new_thread(work)


def test_those_who_work_at_once_have_a_connection_each() -> None:
    with_two, both = Places(2), Barrier(2, timeout=30)

    def work() -> BaseDatabaseWrapper:
        with taken(with_two):
            both.wait()
            return connection()

    with ThreadPoolExecutor(2) as pool:
        first, second = (pool.submit(work) for _ in range(2))
        assert first.result() is not second.result()


def test_whoever_finds_no_place_for_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "PATIENCE_SECONDS", 0.01)
    with_one = Places(1)

    def work() -> None:
        with taken(with_one), pytest.raises(Busy):
            in_a_new_thread(take)

    def take() -> None:
        with taken(with_one):
            pass

    in_a_new_thread(work)
    in_a_new_thread(take)


def test_work_that_raises_leaves_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "PATIENCE_SECONDS", 0.01)
    with_one = Places(1)

    def work() -> None:
        with pytest.raises(ZeroDivisionError), taken(with_one):
            _ = 1 // 0

    in_a_new_thread(work)
    in_a_new_thread(work)
