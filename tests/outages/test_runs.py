"""What a run does while Firestore or the queue fails, and what one event costs there."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest

from listeners.models import TaskRun
from listeners.services import Handled
from sandbox.emulators import Emulators, Fault, FaultKind
from sandbox.samples import reaction, status, text
from tests.platform import Platform
from webhooks.models import Event

APPLIED = ("processed", "applied")


@pytest.fixture(params=["ours"])
def firestore_host(request: pytest.FixtureRequest, stand_ins: Emulators) -> Iterator[str]:
    """Our stand-in alone, since Google's emulator knows no faults."""
    yield stand_ins.firestore_host
    stand_ins.faults.clear()


def fails(platform: Platform, kind: FaultKind, method: str = "Commit", **options: object) -> None:
    """Lets calls of Firestore fail, one unless the options say otherwise."""
    fault = Fault(kind=kind, service="firestore", method=method, **options)  # type: ignore[arg-type]
    platform.emulators.faults.add(fault)


@pytest.mark.parametrize("method", ["RunQuery", "Commit"])
def test_unavailable_leaves_the_events_open_and_asks_for_another_try(
    platform: Platform, method: str
) -> None:
    platform.track("e1")
    fails(platform, FaultKind.PERMISSION_DENIED, method)
    delivery = platform.receive(text())
    assert platform.run(delivery) == Handled.TRY_AGAIN
    assert platform.outcomes(delivery) == [("received", "")]
    run = TaskRun.objects.get()
    assert (run.result, run.error) == ("try_again", "Unavailable: PermissionDenied")
    assert platform.run(delivery) == Handled.DONE
    assert platform.outcomes(delivery) == [APPLIED]
    assert platform.unread("e1") == 1


def test_what_was_committed_before_the_failure_is_settled(platform: Platform) -> None:
    platform.track("e1")
    delivery = platform.receive(*(text(message_id=f"wamid.{serial}") for serial in range(150)))
    fails(platform, FaultKind.INTERNAL, skip=1)
    assert platform.run(delivery) == Handled.TRY_AGAIN
    outcomes = platform.outcomes(delivery)
    assert (outcomes.count(APPLIED), outcomes.count(("received", ""))) == (100, 50)
    assert platform.run(delivery) == Handled.DONE
    assert platform.outcomes(delivery) == [APPLIED] * 150
    assert platform.unread("e1") == 150


@pytest.mark.parametrize(
    "kind", [FaultKind.DEADLINE_AFTER_APPLYING, FaultKind.UNAVAILABLE_AFTER_APPLYING]
)
def test_a_commit_that_was_applied_without_our_knowing_counts_once(
    platform: Platform, kind: FaultKind
) -> None:
    platform.track("e1", driverUserId="US.13491208655302741918")
    platform.sends("e1", "wamid.OUT")
    fails(platform, kind)
    delivery = platform.receive(
        text(message_id="wamid.T"),
        reaction(target_id="wamid.OUT"),
        statuses=[status(message_id="wamid.OUT")],
    )
    while platform.run(delivery) == Handled.TRY_AGAIN:
        platform.now += timedelta(seconds=1)
    assert platform.outcomes(delivery) == [APPLIED] * 3
    assert platform.unread("e1") == 1
    assert len(platform.chat("e1")) == 2


def test_contention_is_tried_again_at_once(platform: Platform) -> None:
    platform.track("e1")
    fails(platform, FaultKind.ABORTED, times=2)
    assert platform.deliver(text()) == [APPLIED]
    assert platform.results == [Handled.DONE]


def test_contention_without_end_is_left_to_the_queue(platform: Platform) -> None:
    platform.track("e1")
    fails(platform, FaultKind.ABORTED, times=100)
    assert platform.deliver(text()) == [("received", "")]
    assert TaskRun.objects.get().error == "Contended"


def test_one_refused_write_fails_one_event(platform: Platform) -> None:
    for enquiry, number in (("e1", "447700900001"), ("e2", "447700900002")):
        platform.track(enquiry, driverMobileNumber=number)
    odd = f"wamid.odd{uuid4().hex}"
    fails(platform, FaultKind.INVALID_ARGUMENT, containing=odd, times=100)
    outcomes = platform.deliver(
        text(message_id="wamid.1", number="447700900001"),
        text(message_id=odd, number="447700900001"),
        text(message_id="wamid.2", number="447700900001"),
        text(message_id="wamid.3", number="447700900002"),
    )
    assert outcomes == [APPLIED, ("failed", "refused"), APPLIED, APPLIED]
    assert (platform.unread("e1"), platform.unread("e2")) == (2, 1)


def test_an_event_that_waits_is_found_by_the_sweeper_if_the_queue_is_down(
    platform: Platform,
) -> None:
    platform.track("e1")
    fault = Fault(kind=FaultKind.PERMISSION_DENIED, service="tasks", method="CreateTask")
    platform.emulators.faults.add(fault)
    assert platform.deliver(statuses=[status(message_id="wamid.LATE")]) == [
        ("waiting", "waiting_for_message")
    ]
    assert platform.scheduled() == []
    assert Event.objects.get().check_at == platform.now + timedelta(seconds=5)


def calls(platform: Platform) -> dict[str, int]:
    """Firestore calls since the last time."""
    counted = platform.emulators.counters.read().get("firestore", {})
    platform.emulators.counters.clear()
    return counted


def test_what_one_event_costs_in_firestore_calls(platform: Platform) -> None:
    platform.track("e1", driverUserId="US.13491208655302741918")
    platform.sends("e1", "wamid.OUT")
    delivery = platform.receive(text())
    calls(platform)
    platform.run(delivery)
    assert calls(platform) == {"RunQuery": 1, "Commit": 1}
    platform.run(delivery)
    platform.deliver(text(), text(message_id="wamid.T2"))
    assert calls(platform) == {"RunQuery": 1, "Commit": 1}
    platform.deliver(statuses=[status(message_id="wamid.OUT")])
    assert calls(platform) == {"RunQuery": 2, "Commit": 1}
    platform.deliver(reaction(target_id="wamid.OUT"))
    assert calls(platform) == {"RunQuery": 2, "Commit": 1}
    platform.deliver(text(message_id="wamid.T3", reply_to="wamid.OUT"))
    assert calls(platform) == {"RunQuery": 1, "Commit": 1}


def test_a_batch_of_a_thousand_costs_about_a_hundred_calls(platform: Platform) -> None:
    numbers = [f"4477009{serial:05d}" for serial in range(500)]
    for number in numbers:
        platform.track(f"e-{number}", driverMobileNumber=number)
    items = [
        text(message_id=f"wamid.{serial}", number=numbers[serial % 500], user_id="")
        for serial in range(1000)
    ]
    delivery = platform.receive(*items)
    calls(platform)
    platform.run(delivery)
    assert calls(platform) == {"RunQuery": 34, "Commit": 10}
    assert platform.outcomes(delivery) == [APPLIED] * 1000


def test_a_chain_of_replies_costs_three_calls_for_each_link(platform: Platform) -> None:
    platform.track("e1", driverUserId="US.13491208655302741918")
    platform.track("e2", driverUserId="US.13491208655302741918")
    links = [
        text(message_id=f"wamid.{serial}", reply_to=f"wamid.{serial - 1}")
        for serial in range(1, 61)
    ]
    delivery = platform.receive(text(message_id="wamid.0"), *links)
    calls(platform)
    platform.run(delivery)
    # The first pass looks for all that is quoted; then each link finds its chat and is written.
    assert calls(platform) == {"RunQuery": 3 + 2 * 60, "Commit": 1 + 60}
    assert platform.outcomes(delivery) == [APPLIED] * 61
    assert {platform.unread("e1"), platform.unread("e2")} == {0, 61}


def test_texts_for_a_missing_enquiry_cost_as_much_as_one(platform: Platform) -> None:
    platform.track("e1", driverUserId="US.13491208655302741918")
    platform.enquiry("e1").delete()
    delivery = platform.receive(*(text(message_id=f"wamid.{serial}") for serial in range(100)))
    calls(platform)
    platform.run(delivery)
    assert calls(platform) == {"RunQuery": 1, "Commit": 1, "BatchGetDocuments": 1}
    assert platform.outcomes(delivery) == [("skipped", "enquiry_not_found")] * 100
