"""`kill -9` while many deliveries are under way at once: they share all but their answers."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import connection

from tests.convergence.stored import store_ids, store_world
from tests.convergence.streams import Stream
from tests.faults.scene import scene
from tests.faults.system import System
from tests.faults.test_kill import wait_for_the_kill

MOMENTS = (
    "webhooks.transitions:receive after",  # deliveries are written, their events are not
    "webhooks.alias:note after",  # everything is written, and not committed
    "webhooks.receiving:receive after",  # committed, also for those whose thread sleeps still
    "webhooks.task_queue:TaskQueue._create after",  # the task is made, and not noted
    "webhooks.transitions:queue_deliveries after",  # before the answers
)
CALLS = (
    "webhooks.forwarding:HttpForwarder.send before",  # committed, and nothing is forwarded
    "webhooks.receiving:take_over_all before",  # the call of several has come, for nothing yet
    "webhooks.receiving:take_over_all after",  # their task is made and noted, and not answered
    "webhooks.forwarding:HttpForwarder.send after",  # answered to who led, and to nobody else
)


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_among_others(system: System, moment: str) -> None:
    _killed(system, moment)


@pytest.mark.parametrize("moment", CALLS)
def test_killed_around_a_call_of_several(system: System, moment: str) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("each has a call and a task of its own there")
    # After a callable that went away in the middle of a call the gateway makes a call for each.
    system.restart("repair-serve-api")
    _killed(system, moment)


def _killed(system: System, moment: str) -> None:
    played = scene()
    stream = alone(played.stream)
    store_world(stream.world, main=system.main, ancillary=system.ancillary, late=played.late)
    system.kill_at(moment)
    with ThreadPoolExecutor(len(stream.deliveries)) as pool:
        answers = [*pool.map(system.deliver, stream.deliveries)]
    assert {each[-1] for each in answers} == {200}
    wait_for_the_kill(system)
    store_ids(played.late, main=system.main)
    system.settle()
    system.check(stream)


def alone(stream: Stream) -> Stream:
    """The same with each item in a delivery of its own; some come twice, and as the same bytes."""
    batches = tuple((item,) for batch in stream.deliveries for item in batch)
    return replace(stream, deliveries=batches)
