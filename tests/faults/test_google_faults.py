"""Firestore and the queue fail in every way they have: documents and ledger as ever."""

import time

import pytest

from sandbox.emulators import Fault, FaultKind
from tests.convergence.stored import store_ids, store_world
from tests.convergence.streams import Stream
from tests.faults.scene import scene
from tests.faults.system import System

LONGEST = 20.0  # seconds until all faults have struck


def play(system: System, *faults: Fault, at_least: int) -> Stream:
    """Delivers a scene into faults, waits until all is settled, and compares with the model.

    Fails if the faults strike less often. Returns what was delivered.
    """
    played = scene()
    stream = played.stream
    store_world(stream.world, main=system.main, ancillary=system.ancillary, late=played.late)
    armed = system.stack.emulators.faults
    for fault in faults:
        armed.add(fault)
    for batch in stream.deliveries:
        system.deliver(batch)
    deadline = time.monotonic() + LONGEST
    while struck(system) < at_least:
        system.revive()
        assert time.monotonic() < deadline, "the faults do not strike"
        time.sleep(0.02)
    armed.clear()
    store_ids(played.late, main=system.main)
    system.settle()
    system.check(stream)
    return stream


def struck(system: System) -> int:
    """How often the faults have struck."""
    return sum(fired for _, fired in system.stack.emulators.faults.fired())


@pytest.mark.parametrize(
    ("kind", "skip"),
    [
        (FaultKind.UNAVAILABLE, 0),
        (FaultKind.ABORTED, 0),
        (FaultKind.RESOURCE_EXHAUSTED, 0),
        (FaultKind.DEADLINE_EXCEEDED, 0),
        (FaultKind.INTERNAL, 0),
        (FaultKind.PERMISSION_DENIED, 0),
        (FaultKind.PERMISSION_DENIED, 1),
        (FaultKind.UNAVAILABLE_AFTER_APPLYING, 0),
        (FaultKind.DEADLINE_AFTER_APPLYING, 0),
        (FaultKind.DEADLINE_AFTER_APPLYING, 1),
        (FaultKind.TWICE, 0),
    ],
)
def test_a_commit_fails(system: System, kind: FaultKind, skip: int) -> None:
    """Refused, or applied though we are told otherwise, or applied twice."""
    fault = Fault(kind=kind, service="firestore", method="Commit", times=2, skip=skip)
    play(system, fault, at_least=2)


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.UNAVAILABLE,
        FaultKind.ABORTED,
        FaultKind.DEADLINE_EXCEEDED,
        FaultKind.UNAUTHENTICATED,
    ],
)
def test_a_query_fails(system: System, kind: FaultKind) -> None:
    """Nothing is known, so nothing is decided."""
    fault = Fault(kind=kind, service="firestore", method="RunQuery", times=3)
    play(system, fault, at_least=3)


def test_slow_commits_overlap_with_tasks_that_come_twice(system: System) -> None:
    """Every task is delivered twice at once, and Firestore takes its time."""
    slow = Fault(kind=FaultKind.SLOW, service="firestore", method="Commit", seconds=0.3, times=6)
    twice = Fault(kind=FaultKind.TWICE, service="tasks", method="Dispatch", times=20)
    play(system, slow, twice, at_least=6)


@pytest.mark.parametrize("kind", [FaultKind.UNAVAILABLE, FaultKind.PERMISSION_DENIED])
def test_the_queue_takes_no_task(system: System, kind: FaultKind) -> None:
    """The answer to Meta is 200 all the same; the sweeper makes the tasks later."""
    fault = Fault(kind=kind, service="tasks", method="CreateTask", times=30)
    system.stack.emulators.faults.add(fault)
    played = scene()
    stream = played.stream
    store_world(stream.world, main=system.main, ancillary=system.ancillary, late=played.late)
    assert [system.deliver(batch) for batch in stream.deliveries] == [[200], [200]]
    system.stack.emulators.faults.clear()
    store_ids(played.late, main=system.main)
    system.settle()
    system.check(stream)


@pytest.mark.parametrize(
    "kind", [FaultKind.DEADLINE_AFTER_APPLYING, FaultKind.UNAVAILABLE_AFTER_APPLYING]
)
def test_a_task_is_made_though_we_are_told_otherwise(system: System, kind: FaultKind) -> None:
    """A second task for the same delivery does no harm."""
    fault = Fault(kind=kind, service="tasks", method="CreateTask", times=3)
    play(system, fault, at_least=2)


def test_the_queue_gets_no_answer(system: System) -> None:
    """A task that was handled comes again, as after its deadline."""
    fault = Fault(
        kind=FaultKind.DEADLINE_AFTER_APPLYING, service="tasks", method="Dispatch", times=6
    )
    play(system, fault, at_least=3)


def test_no_certificates_for_a_while(system: System) -> None:
    """Whoever cannot be identified is put off, not refused for good."""
    fault = Fault(kind=FaultKind.UNAVAILABLE, service="identity", method="certs", times=4)
    for name in ("repair-serve-callable", "queue-services"):
        # What they know of the certificates is forgotten with them.
        system.stack.servers[name].restart()
        system.stack.wait_until_ready(name)
    play(system, fault, at_least=1)  # a process asks once, and remembers that there are none
