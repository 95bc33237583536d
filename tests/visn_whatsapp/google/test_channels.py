"""Connections to Google after outages, with both of Google's clients as a process has them."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from uuid import uuid4

import pytest
from google.api_core.exceptions import GoogleAPICallError
from google.cloud.tasks_v2 import CloudTasksClient

from listeners.firestore_client import FirestoreClient
from tests.between import Between, between
from visn_whatsapp import emulators
from visn_whatsapp.budget import Budget
from webhooks.task_queue import client_of

# How long gRPC waits by itself after an outage that long: 1, 1.6, 2.6, … up to 120 seconds.
AWAY_SECONDS = 31.0
SWALLOWING_SECONDS = 8.0
FOUND_WITHIN_SECONDS = 8.0  # five, a fifth more at random, and what a busy machine takes
QUEUE = CloudTasksClient.queue_path("local", "local", "whatsapp-messages-queue")


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A client that calls twice a second, as long as nothing answers and as soon as it does."""

    call: Callable[[], object]
    proxy: Between

    def found_at(self, back: threading.Event) -> float:
        """The moment of the first answer after `back` is set."""
        while True:
            was_back = back.is_set()
            try:
                self.call()
            except GoogleAPICallError:
                time.sleep(0.5)
                continue
            if was_back:
                return time.monotonic()
            time.sleep(0.5)


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Caller]]:
    """A client of each service, with a proxy between it and its stand-in."""
    with ExitStack() as stack:
        running = stack.enter_context(emulators.start())
        to_tasks = stack.enter_context(between(running.tasks_host))
        to_firestore = stack.enter_context(between(running.firestore_host))
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", to_firestore.host)
        tasks = client_of(to_tasks.host, Budget(10.0))
        firestore = FirestoreClient(project=f"test-{uuid4().hex[:12]}")
        stack.callback(firestore.close)
        stack.callback(tasks.transport.close)
        yield [
            Caller(
                call=lambda: tasks.get_queue(name=QUEUE, timeout=1.0, retry=None), proxy=to_tasks
            ),
            Caller(
                call=lambda: firestore.document("a/b").get(timeout=1.0, retry=None),
                proxy=to_firestore,
            ),
        ]


def seconds_until_found(
    callers: list[Caller], *, away: float, leave: Callable[[Between], None]
) -> list[float]:
    """Lets both services be away for so long; returns how long each took to be found again."""
    for caller in callers:
        caller.call()
        leave(caller.proxy)
    back = threading.Event()
    with ThreadPoolExecutor(len(callers)) as pool:
        found = [pool.submit(caller.found_at, back) for caller in callers]
        time.sleep(away)
        for caller in callers:
            caller.proxy.come_back()
        back.set()
        began = time.monotonic()
        return [each.result(timeout=60) - began for each in found]


def swallow(proxy: Between) -> None:
    """Takes connections, and says nothing."""
    proxy.swallows_new_ones = True
    proxy.silence()


def test_after_an_outage_both_services_are_found_within_seconds(both: list[Caller]) -> None:
    took = seconds_until_found(both, away=AWAY_SECONDS, leave=Between.go_away)
    assert max(took) < FOUND_WITHIN_SECONDS


def test_after_silence_both_services_are_found_within_seconds(both: list[Caller]) -> None:
    took = seconds_until_found(both, away=SWALLOWING_SECONDS, leave=swallow)
    assert max(took) < FOUND_WITHIN_SECONDS
