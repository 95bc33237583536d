"""What waits while Firestore fails: nothing is decided, and nothing multiplies."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from listeners.firestore.store import PARALLEL_QUERIES
from listeners.services import Handled
from sandbox.emulators import Emulators, Fault, FaultKind
from sandbox.samples import status
from tests.platform import Platform
from webhooks.models import Event

APPLIED = ("processed", "applied")


@pytest.fixture(params=["ours"])
def firestore_host(request: pytest.FixtureRequest, stand_ins: Emulators) -> Iterator[str]:
    """Our stand-in alone, since Google's emulator knows no faults."""
    yield stand_ins.firestore_host
    stand_ins.faults.clear()


# Aborted, and refused as if an index were missing: what is known of a commit is not of a query.
@pytest.mark.parametrize(
    "kind", [FaultKind.PERMISSION_DENIED, FaultKind.ABORTED, FaultKind.INVALID_ARGUMENT]
)
def test_an_outage_uses_up_no_wait_and_makes_no_task(platform: Platform, kind: FaultKind) -> None:
    """The task that found the event due is tried again by the queue; it needs no second one."""
    platform.track("e1")
    delivery = platform.receive(statuses=[status(message_id="wamid.LATE")])
    platform.run(delivery)
    [scheduled] = platform.scheduled()
    platform.now += timedelta(seconds=5)
    platform.emulators.faults.add(Fault(kind=kind, service="firestore", probability=1.0))
    assert [platform.run(delivery) for _ in range(3)] == [Handled.TRY_AGAIN] * 3
    assert Event.objects.get().waits == 1
    assert [task for task, _ in platform.scheduled()] == [scheduled[0]]
    platform.emulators.faults.clear()
    platform.sends("e1", "wamid.LATE")
    assert platform.pass_time(delivery, timedelta(0)) == [APPLIED]


def test_a_run_that_has_failed_asks_nothing_more(platform: Platform) -> None:
    """What it left would be asked before the questions of the next run."""
    delivery = platform.receive(statuses=[status(message_id=f"wamid.{n}") for n in range(3000)])
    refused = Fault(
        kind=FaultKind.PERMISSION_DENIED, service="firestore", probability=1.0, seconds=0.1
    )
    platform.emulators.faults.add(refused)
    platform.emulators.counters.clear()
    assert platform.run(delivery) == Handled.TRY_AGAIN
    platform.store.close()  # waits for what is still to be asked
    asked = platform.emulators.counters.read()["firestore"]["RunQuery"]
    # Each thread may have begun another before the first failure was heard of.
    assert asked <= 2 * PARALLEL_QUERIES, f"{asked} of 101 queries"
