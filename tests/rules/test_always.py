"""The rules that hold whatever arrives (contract), through the real flow."""

from datetime import UTC, datetime, timedelta

import pytest

from listeners.models import Placement, TaskRun
from listeners.services import Handled
from sandbox import samples
from sandbox.samples import DRIVER_USER_ID, FAILURE, reaction, status, text
from tests.ledger_tasks import task_for
from tests.platform import DRIVER, LEASE, Platform
from webhooks.models import Event
from webhooks.sweeper import sweep

APPLIED = ("processed", "applied")
DUPLICATE = ("duplicate", "already_applied")
WAITS = ("waiting", "waiting_for_message")
SENT_AT = datetime.fromtimestamp(samples.TIMESTAMP, tz=UTC)


def test_a_text_makes_the_document_of_the_contract(platform: Platform) -> None:
    platform.track("e1")
    wamid = "wamid.a/b+c="
    assert platform.deliver(text(message_id=wamid, body="olá 👍", forwarded=True)) == [APPLIED]
    snapshot = platform.messages("e1").get()[0]
    document = snapshot.to_dict()
    assert snapshot.id == "wamid.a%2Fb%2Bc="
    written_after = snapshot.create_time - document.pop("receivedAt")
    assert abs(written_after) < timedelta(seconds=1)
    assert document == {
        "whatsappMessageId": wamid,
        "source": "driver",
        "type": "text",
        "message": "olá 👍",
        "from": DRIVER,
        "to": LEASE,
        "fromUserId": DRIVER_USER_ID,
        "profileName": "Sheena Nelson",
        "forwarded": True,
        "createdAt": SENT_AT,
        "status": "received",
    }


def test_one_text_one_document_one_increment(platform: Platform) -> None:
    platform.track("e1")
    one = text(message_id="wamid.T")
    assert platform.deliver(one) == [APPLIED]
    assert platform.deliver(one, text(message_id="wamid.T2"), one) == [
        DUPLICATE,
        APPLIED,
        DUPLICATE,
    ]
    assert sorted(platform.chat("e1")) == ["wamid.T", "wamid.T2"]
    assert platform.unread("e1") == 2


def test_a_task_that_runs_again_changes_nothing(platform: Platform) -> None:
    platform.track("e1")
    delivery = platform.receive(text())
    assert [platform.run(delivery) for _ in range(3)] == [Handled.DONE] * 3
    assert platform.outcomes(delivery) == [APPLIED]
    assert platform.unread("e1") == 1


def test_a_run_that_died_after_the_commit_is_completed_by_the_next(platform: Platform) -> None:
    platform.track("e1")
    platform.sends("e1", "wamid.OUT")
    delivery = platform.receive(
        text(message_id="wamid.T"), statuses=[status(message_id="wamid.OUT")]
    )
    platform.run(delivery)
    # As if nothing had been recorded.
    Event.objects.update(state="queued", reason="", settled_at=None)
    Placement.objects.update(applied_at=None)
    platform.run(delivery)
    assert platform.outcomes(delivery) == [APPLIED, APPLIED]
    assert platform.unread("e1") == 1
    assert Placement.objects.get().applied_at is not None


def test_a_text_once_applied_is_never_created_again(platform: Platform) -> None:
    platform.track("e1")
    platform.deliver(text(message_id="wamid.T"))
    chat = platform.messages("e1")
    chat.document("wamid.T").delete()
    again = text(message_id="wamid.T")
    assert platform.deliver(again, text(message_id="wamid.T2")) == [DUPLICATE, APPLIED]
    assert sorted(platform.chat("e1")) == ["wamid.T2"]
    assert platform.unread("e1") == 2


def test_a_text_keeps_its_chat_whatever_the_tracking_says_now(platform: Platform) -> None:
    platform.track("gone")
    platform.enquiry("gone").delete()
    first = platform.deliver(text(message_id="wamid.T"))
    platform.track("e2")
    platform.enquiry("gone").set({"unReadWhatsappMessageCount": 4})
    again = platform.deliver(text(message_id="wamid.T"), text(message_id="wamid.T2"))
    assert (first, again) == ([("skipped", "enquiry_not_found")], [APPLIED, APPLIED])
    assert (list(platform.chat("gone")), platform.unread("gone")) == (["wamid.T"], 5)
    assert list(platform.chat("e2")) == ["wamid.T2"]


def test_a_missing_enquiry_is_not_created(platform: Platform) -> None:
    platform.track("e1")
    platform.enquiry("e1").delete()
    assert (
        platform.deliver(text(), text(message_id="wamid.T2"))
        == [("skipped", "enquiry_not_found")] * 2
    )
    assert not platform.enquiry("e1").get().exists
    assert platform.chat("e1") == {}


def test_the_unread_count_goes_on_from_what_the_drawer_left(platform: Platform) -> None:
    platform.track("e1")
    platform.deliver(text(message_id="wamid.T1"), text(message_id="wamid.T2"))
    platform.enquiry("e1").update({"unReadWhatsappMessageCount": 0, "other": "kept"})
    platform.deliver(text(message_id="wamid.T3"))
    assert platform.enquiry("e1").get().to_dict() == {
        "unReadWhatsappMessageCount": 1,
        "other": "kept",
    }


def test_statuses_update_the_message_and_nothing_else(platform: Platform) -> None:
    platform.track("e1")
    platform.sends("e1", "wamid.OUT", status="sent", extra={"kept": [1, 2]})
    outcomes = platform.deliver(
        statuses=[
            status(message_id="wamid.OUT", word="read", timestamp=samples.TIMESTAMP + 2),
            status(message_id="wamid.OUT", word="delivered"),
            status(message_id="wamid.OUT", word="delivered"),
            status(
                message_id="wamid.OUT",
                word="failed",
                errors=[FAILURE],
                timestamp=samples.TIMESTAMP + 1,
            ),
        ]
    )
    # The oldest is applied first: delivered, then failed, then read.
    assert outcomes == [APPLIED, APPLIED, DUPLICATE, ("processed", "failed_after_delivery")]
    assert platform.chat("e1")["wamid.OUT"] == {
        "whatsappMessageId": "wamid.OUT",
        "source": "leaseCompany",
        "type": "text",
        "message": "Where are you?",
        "extra": {"kept": [1, 2]},
        "status": "read",
        "statusTimestamps": {
            "read": SENT_AT + timedelta(seconds=2),
            "delivered": SENT_AT,
            "failed": SENT_AT + timedelta(seconds=1),
        },
        "errors": [FAILURE],
    }
    assert platform.unread("e1") == 0


def test_a_reaction_its_change_and_its_removal(platform: Platform) -> None:
    platform.track("e1")
    platform.sends("e1", "wamid.OUT")
    at = samples.TIMESTAMP
    for serial, emoji in enumerate(["👍", "❤️", None]):
        event = reaction(
            target_id="wamid.OUT", message_id=f"wamid.R{serial}", emoji=emoji, timestamp=at + serial
        )
        assert platform.deliver(event) == [APPLIED]
    late = reaction(target_id="wamid.OUT", message_id="wamid.R9", timestamp=at + 1)
    assert platform.deliver(late) == [("processed", "late_reaction")]
    document = platform.chat("e1")["wamid.OUT"]
    assert document["reactions"] == []
    assert document["reactionClock"] == {
        DRIVER: {"at": SENT_AT + timedelta(seconds=2), "id": "wamid.R2", "removed": True}
    }


def test_a_person_is_the_driver_however_meta_names_him(platform: Platform) -> None:
    platform.track("e1", driverUserId=DRIVER_USER_ID)
    platform.sends("e1", "wamid.OUT")
    platform.deliver(reaction(target_id="wamid.OUT", message_id="wamid.R1"))
    platform.deliver(
        reaction(
            target_id="wamid.OUT",
            message_id="wamid.R2",
            number="",
            emoji="❤️",
            timestamp=samples.TIMESTAMP + 1,
        )
    )
    assert platform.chat("e1")["wamid.OUT"]["reactions"] == [
        {
            "emoji": "❤️",
            "from": DRIVER,
            "whatsappMessageId": "wamid.R2",
            "reactedAt": SENT_AT + timedelta(seconds=1),
        }
    ]


def test_a_status_before_its_message_waits_and_is_applied_when_it_comes(
    platform: Platform,
) -> None:
    platform.track("e1")
    delivery = platform.receive(text(), statuses=[status(message_id="wamid.LATE")])
    assert platform.run(delivery) == Handled.DONE
    assert platform.outcomes(delivery) == [APPLIED, WAITS]
    waiting = Event.objects.get(state="waiting")
    [(task, wait)] = platform.scheduled()
    assert task == task_for(delivery, events=(waiting.pk,))
    assert wait == timedelta(seconds=5)
    platform.sends("e1", "wamid.LATE")
    # The queue may bring the first task again: the event is not due, and nothing is done twice.
    assert platform.pass_time(delivery, timedelta(seconds=2)) == [APPLIED, WAITS]
    assert platform.pass_time(delivery, timedelta(seconds=3)) == [APPLIED, APPLIED]
    assert platform.chat("e1")["wamid.LATE"]["status"] == "delivered"
    assert platform.unread("e1") == 1


def test_after_the_sixth_wait_the_message_is_not_found(platform: Platform) -> None:
    platform.track("e1")
    delivery = platform.receive(reaction(target_id="wamid.NEVER"))
    platform.run(delivery)
    for seconds in (5, 15, 60, 300, 900):
        assert platform.pass_time(delivery, timedelta(seconds=seconds)) == [WAITS]
    assert Event.objects.get().waits == 6
    outcomes = platform.pass_time(delivery, timedelta(seconds=3600))
    assert outcomes == [("skipped", "message_not_found")]
    assert platform.scheduled()[-1][0] == task_for(delivery, events=(Event.objects.get().pk,))
    assert len(platform.scheduled()) == 6


def test_a_document_over_one_mebibyte_fails_alone(platform: Platform) -> None:
    platform.track("e1")
    platform.sends("e1", "wamid.OUT")
    huge: dict[str, object] = {"code": 1, "title": "x" * 1_100_000}
    outcomes = platform.deliver(
        text(message_id="wamid.T1"),
        text(message_id="wamid.BIG", body="x" * 1_100_000),
        text(message_id="wamid.BIGGER", body="x" * 2_200_000),
        text(message_id="wamid.T2"),
        statuses=[
            status(message_id="wamid.OUT", word="failed", errors=[huge]),
            status(message_id="wamid.OUT", word="delivered"),
        ],
    )
    too_large = ("failed", "too_large")
    assert outcomes == [APPLIED, too_large, too_large, APPLIED, too_large, APPLIED]
    assert sorted(platform.chat("e1")) == ["wamid.OUT", "wamid.T1", "wamid.T2"]
    assert platform.unread("e1") == 2


def test_a_batch_of_a_thousand_of_many_drivers(platform: Platform) -> None:
    numbers = [f"4477009{serial:05d}" for serial in range(40)]
    for number in numbers:
        platform.track(f"e-{number}", driverMobileNumber=number)
    items = [
        text(message_id=f"wamid.{serial}", number=numbers[serial % 40], user_id="")
        for serial in range(1000)
    ]
    assert platform.deliver(*items) == [APPLIED] * 1000
    assert [platform.unread(f"e-{number}") for number in numbers] == [25] * 40


def test_a_run_says_what_became_of_each_event(platform: Platform) -> None:
    platform.track("e1")
    delivery = platform.receive(
        text(message_id="wamid.T"), statuses=[status(message_id="wamid.NONE")]
    )
    platform.run(delivery)
    first, second = Event.objects.order_by("position").values_list("pk", flat=True)
    run = TaskRun.objects.get()
    assert (run.delivery_id, run.task_name, run.result) == (delivery, "task-1", "done")
    assert run.outcomes == {"applied": [first], "waiting_for_message": [second]}
    event = Event.objects.get(pk=first)
    assert (event.lease_id, event.enquiry_id) == ("lease-1", "e1")
    assert (event.document, event.settled_at) == ("wamid.T", platform.now)


@pytest.mark.parametrize("reactions", ["broken", [1, {"emoji": "x"}], {"a": 1}])
def test_fields_of_another_form_than_the_contracts_do_no_harm(
    platform: Platform, reactions: object
) -> None:
    platform.track("e1")
    platform.sends("e1", "wamid.OUT", reactions=reactions, reactionClock=3, statusTimestamps="x")
    assert platform.deliver(reaction(target_id="wamid.OUT")) == [APPLIED]
    assert [r["emoji"] for r in platform.chat("e1")["wamid.OUT"]["reactions"]] == ["👍"]


def test_an_event_whose_scheduled_task_was_lost_is_tried_again_by_the_sweeper(
    platform: Platform,
) -> None:
    platform.track("e1")
    delivery = platform.receive(statuses=[status(message_id="wamid.LATE")])
    platform.run(delivery)
    platform.sends("e1", "wamid.LATE")
    platform.now += timedelta(minutes=2)
    sweep(queue=platform.queue, clock=lambda: platform.now, limit=100)
    task, _ = platform.scheduled()[0]
    platform.run(delivery, events=task.events)
    assert platform.outcomes(delivery) == [APPLIED]
