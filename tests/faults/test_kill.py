"""`kill -9` of each process at each boundary, with restart: documents and ledger as ever."""

import signal
import time

import pytest
from django.db.models import F

from sandbox.emulators import Fault, FaultKind
from tests.convergence.stored import store_ids, store_world
from tests.faults.scene import scene
from tests.faults.system import System
from webhooks.models import Event

LONGEST = 20.0  # seconds until a process comes to the moment

GATEWAY = (
    "webhooks.ledger:record before",  # nothing is stored: Meta comes again
    "webhooks.receiving:receive after",  # the rows
    "webhooks.receiving:send_on after",  # before the answer
)
CALLABLE = (
    "webhooks.receiving:take_over before",
    "webhooks.task_queue:TaskQueue.create after",  # the task is made, but not noted
    "webhooks.transitions:queue_deliveries after",  # before the answer
)
QUEUE_SERVICES = (
    "listeners.services:handle before",
    "listeners.placements:place after",
    "listeners.firestore.store:Store.commit after",
    "listeners.recording:record before",  # before the outcomes
    "webhooks.task_queue:TaskQueue.create before queue-services",  # the task for what waits
    "webhooks.task_queue:TaskQueue.create after queue-services",
    "listeners.firestore.store:Store.learn_user_id after",
    "listeners.services:handle after",  # before the answer
)


@pytest.mark.parametrize("moment", [*GATEWAY, *CALLABLE, *QUEUE_SERVICES])
def test_killed(system: System, moment: str) -> None:
    """Whatever was under way is done once, after the restart or by the sweeper."""
    played = scene()
    stream = played.stream
    store_world(stream.world, main=system.main, ancillary=system.ancillary, late=played.late)
    system.kill_at(moment)
    for batch in stream.deliveries:
        system.deliver(batch)
    wait_for_the_kill(system)
    store_ids(played.late, main=system.main)
    system.settle()
    system.check(stream)


def wait_for_the_kill(system: System) -> None:
    """Fails if nobody comes to the moment."""
    deadline = time.monotonic() + LONGEST
    while not system.was_killed and time.monotonic() < deadline:
        time.sleep(0.02)
    assert system.was_killed


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_sweeper_is_killed(system: System, when: str) -> None:
    """Its claims run out, and a later sweep makes the tasks that are missing."""
    played = scene()
    stream = played.stream
    store_world(stream.world, main=system.main, ancillary=system.ancillary, late=())
    refused = Fault(kind=FaultKind.PERMISSION_DENIED, service="tasks", method="CreateTask", times=2)
    system.stack.emulators.faults.add(refused)
    for batch in stream.deliveries:
        assert system.deliver(batch) == [200]
    Event.objects.update(check_at=F("received_at"))
    system.kill_at(f"webhooks.task_queue:TaskQueue.create {when}")
    sweeper = system.stack.begin("sweeper", "requeue_stuck")
    assert sweeper.wait() == -signal.SIGKILL
    sweeper.kill()
    system.settle()
    system.check(stream)
