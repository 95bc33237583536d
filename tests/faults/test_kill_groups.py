"""`kill -9` while deliveries that came together are applied: as one task, or as many at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import grpc
import pytest
from django.core.management import call_command
from google.cloud.tasks_v2 import CloudTasksClient
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport

from tests.convergence.stored import store_ids, store_world
from tests.faults.scene import scene
from tests.faults.system import System
from tests.faults.test_kill import wait_for_the_kill
from tests.faults.test_kill_together import alone
from webhooks.models import Delivery
from webhooks.tasks import Member

MOMENTS = (
    "listeners.groups:handle_each before",
    "listeners.placements:place after",
    "listeners.firestore.store:Store.commit before",
    "listeners.firestore.store:Store.commit after",  # Firestore has it, the ledger does not
    "webhooks.transitions:decide after",  # in the transaction that records it
    "listeners.groups:handle_each after",  # the ledger has it, nobody is answered
)


@contextmanager
def held(system: System) -> Iterator[None]:
    """Lets the queue hold its tasks for a while; then it sends all of them at once."""
    with grpc.insecure_channel(system.stack.emulators.tasks_host) as channel:
        client = CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))
        client.pause_queue(name=system.queue.path)
        try:
            yield
        finally:
            client.resume_queue(name=system.queue.path)


def one_task(system: System) -> None:
    """Puts one task for all deliveries in place of those that there are."""
    deliveries = Delivery.objects.filter(repeat_of=None).values_list("pk", "digest")
    system.empty_the_queue()
    system.queue.create_for([Member(delivery=key, digest=digest) for key, digest in deliveries])


def many(system: System) -> None:
    """Leaves each delivery the task that it has."""


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("tasks", [one_task, many])
def test_killed_while_many_are_applied(
    system: System, moment: str, tasks: Callable[[System], None]
) -> None:
    """Whatever was under way is done once, and all of it is accounted for."""
    played = scene()
    stream = alone(played.stream)
    store_world(stream.world, main=system.main, ancillary=system.ancillary, late=played.late)
    with held(system):
        for batch in stream.deliveries:
            assert system.deliver(batch) == [200]
        tasks(system)
        system.kill_at(moment)
    wait_for_the_kill(system)
    store_ids(played.late, main=system.main)
    system.settle()
    system.check(stream)
    call_command("accounted")
