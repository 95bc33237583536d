"""Google's metadata server takes connections and says nothing: nobody queues up for it.

The processes are as deployed but for their database: no stand-in is named for Cloud Tasks, so its
client looks for Google's credentials.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
import urllib3

from sandbox import stack
from sandbox.emulators import Fault, FaultKind, Options, Part
from sandbox.stack import Server, Spec, Stack
from tests.webhooks.test_forwarding_processes import post, states
from tests.webhooks.whatsapp.payloads import load

FORWARDING_SECONDS = 3.0  # FORWARD_TIMEOUT_SECONDS
SLACK_SECONDS = 2.5  # for a busy machine; whoever waited for another's budget would take twice it
AT_ONCE = 8
TEXT = load("text")

TOGETHER = (Server(name="together", services=("repair-serve-api", "repair-serve-callable")),)
APART = (
    Server(name="gateway", services=("repair-serve-api",)),
    Server(name="callable", services=("repair-serve-callable",)),
)


@pytest.fixture(scope="module", params=[TOGETHER, APART], ids=["together", "apart"])
def silent(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """The webhook and the callable, in one process and in two, and nothing but silence."""
    spec = Spec(
        folder=tmp_path_factory.mktemp("silent"),
        servers=request.param,
        emulators=Options(parts=frozenset({Part.IDENTITY})),
        variables={"CLOUDSDK_CONFIG": "/nonexistent"},  # somebody may have logged in
    )
    with stack.start(spec) as running:
        for method in ("ping", "default", "identity", "token"):
            running.emulators.faults.add(
                Fault(
                    kind=FaultKind.SILENT,
                    service="identity",
                    method=method,
                    seconds=600,
                    times=1000,
                )
            )
        yield running


@dataclass(frozen=True, kw_only=True)
class Answered:
    """An answer and how long it took."""

    status: int
    seconds: float


def deliver(running: Stack, serial: int) -> Answered:
    """Posts a delivery that is like no other."""
    start = time.monotonic()
    status = post(running, TEXT + b" " * serial)
    return Answered(status=status, seconds=time.monotonic() - start)


def probe(running: Stack) -> Answered:
    """Asks whether the process that takes deliveries is alive."""
    url = f"{running.address('repair-serve-api')}/health/live"
    start = time.monotonic()
    answer = urllib3.request("GET", url, timeout=60, retries=False)
    return Answered(status=answer.status, seconds=time.monotonic() - start)


def test_deliveries_at_once_are_answered_within_the_forwarding_budget(silent: Stack) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        first = [pool.submit(deliver, silent, serial) for serial in range(AT_ONCE)]
        time.sleep(0.2)  # while they wait, more come than there are threads
        probed = probe(silent)
        later = [pool.submit(deliver, silent, AT_ONCE + serial) for serial in range(AT_ONCE)]
        answers = [each.result() for each in (*first, *later)]
    assert {each.status for each in answers} == {200}
    assert max(each.seconds for each in answers) < FORWARDING_SECONDS + SLACK_SECONDS
    assert probed.status == 200
    assert probed.seconds < FORWARDING_SECONDS
    assert states(silent) == [("received",)] * 2 * AT_ONCE


def test_a_moment_later_nobody_waits_at_all(silent: Stack) -> None:
    deliver(silent, 100)
    assert deliver(silent, 101).seconds < FORWARDING_SECONDS * 0.8
