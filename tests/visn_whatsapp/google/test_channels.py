"""Connections to Google after outages, with both of Google's clients as a process has them."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.api_core.exceptions import GoogleAPICallError
from google.cloud.tasks_v2 import CloudTasksClient, GetQueueRequest

from listeners.firestore.client import FirestoreClient
from sandbox import emulators
from tests.between import Between, between
from visn_whatsapp.budget import Budget
from visn_whatsapp.google.channels import RenewedChannel
from webhooks.task_queue import calls_of

# How long gRPC waits by itself after an outage that long: 1, 1.6, 2.6, … up to 120 seconds.
AWAY_SECONDS = 31.0
SWALLOWING_SECONDS = 8.0
FOUND_WITHIN_SECONDS = 8.0  # five, a fifth more at random, and what a busy machine takes
GIVEN_UP_SECONDS = 45.0  # asked after thirty, waited for ten
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
        tasks = calls_of(to_tasks.host, Budget(10.0)).client
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


@pytest.fixture
def waiting() -> Iterator[Any]:
    """A call of Cloud Tasks' client with a lot of time, over a connection that has gone silent."""
    with ExitStack() as stack:
        running = stack.enter_context(emulators.start())
        proxy = stack.enter_context(between(running.tasks_host))
        client = calls_of(proxy.host, Budget(10.0)).client
        stack.callback(client.transport.close)
        request = GetQueueRequest(name=QUEUE)
        client.get_queue(request, timeout=10.0, retry=None)
        proxy.silence()
        get_queue: Any = (
            client.transport.get_queue
        )  # a multicallable of gRPC, whatever its type says
        call = get_queue.future(request, timeout=10 * GIVEN_UP_SECONDS)
        stack.callback(call.cancel)
        yield call


def test_after_an_outage_both_services_are_found_within_seconds(
    waiting: Any, both: list[Caller]
) -> None:
    took = seconds_until_found(both, away=AWAY_SECONDS, leave=Between.go_away)
    assert max(took) < FOUND_WITHIN_SECONDS
    # In the same half minute, since that is what it takes: a connection over which a call waits is
    # asked whether it is still there, and given up if it is not.
    given_up = waiting.exception(timeout=GIVEN_UP_SECONDS - AWAY_SECONDS)
    assert isinstance(given_up, grpc.Call)
    assert given_up.code() is grpc.StatusCode.UNAVAILABLE


def test_after_silence_both_services_are_found_within_seconds(both: list[Caller]) -> None:
    took = seconds_until_found(both, away=SWALLOWING_SECONDS, leave=swallow)
    assert max(took) < FOUND_WITHIN_SECONDS


def test_a_channel_is_replaced_once_for_the_calls_that_miss_their_deadline_over_it() -> None:
    now = 0.0
    renewed = RenewedChannel(lambda: grpc.insecure_channel("127.0.0.1:9"), clock=lambda: now)
    first = renewed.current
    renewed.noticed(first, grpc.StatusCode.UNAVAILABLE)
    assert renewed.current is first
    renewed.noticed(first, grpc.StatusCode.DEADLINE_EXCEEDED)
    second = renewed.current
    assert second is not first
    now = 4.9
    renewed.noticed(second, grpc.StatusCode.DEADLINE_EXCEEDED)
    assert renewed.current is second  # it might be the service that is slow
    now = 5.0
    renewed.noticed(first, grpc.StatusCode.DEADLINE_EXCEEDED)
    assert renewed.current is second  # what another connection did says nothing of this one
    renewed.noticed(second, grpc.StatusCode.DEADLINE_EXCEEDED)
    assert renewed.current is not second
