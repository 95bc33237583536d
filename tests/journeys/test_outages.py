"""Something is down for a while: nothing is lost, nothing is doubled."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.emulators import Fault, FaultKind
from tests.journeys.conftest import World, text
from visn_whatsapp.google.kept import FAILURE_LASTS_SECONDS

ALWAYS = 1_000_000
APPLIED = ("processed", "applied")


@contextmanager
def down(world: World, service: str) -> Iterator[None]:
    """Kills a server, and starts it again at the end."""
    server = world.running.servers[service]
    server.kill()
    try:
        yield
    finally:
        server.restart()
        world.running.wait_until_ready(service)


def test_firestore_is_unavailable_for_a_while(world: World) -> None:
    """Google's client goes on trying for a while by itself."""
    enquiry = world.chat()
    body = world.delivery(enquiry, messages=[text(enquiry)])
    fault = Fault(kind=FaultKind.UNAVAILABLE, service="firestore", times=ALWAYS)
    world.running.emulators.faults.add(fault)

    assert world.post(body) == 200
    time.sleep(2)
    assert [row.state for row in world.ledger.events(body)] == ["queued"]
    world.running.emulators.faults.clear()

    assert [row[:2] for row in world.ledger.settled(body)] == [APPLIED]
    assert world.unread(enquiry) == 1


def test_firestore_refuses_us_for_a_while(world: World) -> None:
    """The queue tries again after every answer of 503."""
    enquiry = world.chat()
    body = world.delivery(enquiry, messages=[text(enquiry)])
    fault = Fault(kind=FaultKind.PERMISSION_DENIED, service="firestore", times=3)
    world.running.emulators.faults.add(fault)

    assert world.post(body) == 200

    assert [row[:2] for row in world.ledger.settled(body)] == [APPLIED]
    runs = world.ledger.runs(body)
    assert [result for result, _ in runs] == ["try_again"] * 3 + ["done"]
    assert {error for result, error in runs[:3]} == {"Unavailable: PermissionDenied"}
    assert world.unread(enquiry) == 1


def test_firestore_applies_and_does_not_say_so(world: World) -> None:
    enquiry = world.chat()
    body = world.delivery(enquiry, messages=[text(enquiry)])
    fault = Fault(
        kind=FaultKind.DEADLINE_AFTER_APPLYING, service="firestore", method="Commit", times=2
    )
    world.running.emulators.faults.add(fault)

    assert world.post(body) == 200

    assert [row[:2] for row in world.ledger.settled(body)] == [APPLIED]
    assert world.unread(enquiry) == 1


def test_every_task_comes_twice_at_once(world: World) -> None:
    enquiry = world.chat()
    body = world.delivery(enquiry, messages=[text(enquiry) for _ in range(5)])
    fault = Fault(kind=FaultKind.TWICE, service="tasks", method="Dispatch", times=ALWAYS)
    world.running.emulators.faults.add(fault)

    assert world.post(body) == 200

    assert [row[:2] for row in world.ledger.settled(body)] == [APPLIED] * 5
    assert world.unread(enquiry) == 5


def test_queue_services_is_down_for_a_while(world: World) -> None:
    enquiry = world.chat()
    body = world.delivery(enquiry, messages=[text(enquiry)])
    with down(world, "queue-services"):
        assert world.post(body) == 200
        time.sleep(1)
        assert [row.state for row in world.ledger.events(body)] == ["queued"]

    assert [row[:2] for row in world.ledger.settled(body)] == [APPLIED]
    assert world.unread(enquiry) == 1


def test_the_callable_is_down_and_the_sweeper_sends_on(world: World) -> None:
    enquiry = world.chat()
    body = world.delivery(enquiry, messages=[text(enquiry)])
    with down(world, "repair-serve-callable"):
        assert world.post(body) == 200
        assert [row.state for row in world.ledger.events(body)] == ["received"]
        world.ledger.make_due(body)

        report = json.loads(world.running.manage("requeue_stuck", "--json"))

        assert (report["tasks"], report["events"], report["gave_up"]) == (1, 1, 0)
        assert [row[:2] for row in world.ledger.settled(body)] == [APPLIED]
    assert world.unread(enquiry) == 1


def test_identities_are_out_of_reach_for_a_while(world: World) -> None:
    """The callable cannot tell who calls; nothing is let in, and nothing is lost."""
    enquiry = world.chat()
    body = world.delivery(enquiry, messages=[text(enquiry)])
    world.running.servers["repair-serve-callable"].restart()  # it knows no certificates yet
    world.running.wait_until_ready("repair-serve-callable")
    fault = Fault(kind=FaultKind.UNAVAILABLE, service="identity", method="certs", times=ALWAYS)
    world.running.emulators.faults.add(fault)

    assert world.post(body) == 200
    assert [row.state for row in world.ledger.events(body)] == ["received"]
    world.running.emulators.faults.clear()
    time.sleep(FAILURE_LASTS_SECONDS)  # so long the callable remembers that there are none
    assert world.post(body) == 200  # as Meta does, or the sweeper in its place

    assert [row[:2] for row in world.ledger.settled(body)] == [APPLIED]
    assert world.unread(enquiry) == 1
