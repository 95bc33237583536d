"""One number, one person, one message: each has several names, and all give the same result."""

from typing import Any

import pytest

from sandbox import samples
from sandbox.samples import DRIVER_USER_ID, contact, reaction, status, text
from tests.platform import DRIVER, LEASE, Platform
from tests.webhooks.whatsapp.payloads import load
from webhooks.models import Event

APPLIED = ("processed", "applied")
ALREADY = ("duplicate", "already_applied")
NO_TRACKING = ("skipped", "no_active_tracking")
THUMB = "wamid.HBgMNTU1MTg3NjU0MzM0FQIAERgSM0EwMDAwMDAwMDAwMDBEMDAxAA=="


def deliver(platform: Platform, name: str) -> list[tuple[str, str]]:
    """Delivers one of the payloads in tests/payloads/."""
    delivery = platform.receive_payload(load(name))
    platform.run(delivery)
    return platform.outcomes(delivery)


@pytest.mark.parametrize(
    ("name", "lease"),
    [
        ("lease_number_br_without_9", "5541999990001"),
        ("lease_number_ar_with_9", "541155550001"),
    ],
)
def test_a_lease_number_spelled_otherwise_than_its_collection(
    platform: Platform, name: str, lease: str
) -> None:
    platform.track("e1", lease=lease, driverMobileNumber="15550001234")
    assert deliver(platform, name) == [APPLIED]
    assert (len(platform.chat("e1")), platform.unread("e1")) == (1, 1)


def test_the_reaction_of_a_driver_whose_number_was_corrected(platform: Platform) -> None:
    """One person has one reaction, whose name is the record's number, and can take it back."""
    lease = "15550100003"
    platform.track("e1", lease=lease, driverMobileNumber="+5551987654334")
    platform.sends("e1", THUMB)
    assert deliver(platform, "reaction_number_respelled_1") == [APPLIED]
    record = platform.ancillary.document(f"whatsapp/lease/{lease}/record-1")
    record.update({"driverMobileNumber": "+555187654334"})
    assert deliver(platform, "reaction_number_respelled_2") == [APPLIED]
    [hearts] = platform.chat("e1")[THUMB]["reactions"]
    assert (hearts["emoji"], hearts["from"]) == ("\u2764\ufe0f", "555187654334")
    assert deliver(platform, "reaction_number_respelled_3_removal") == [APPLIED]
    message = platform.chat("e1")[THUMB]
    assert message["reactions"] == []
    assert list(message["reactionClock"]) == ["555187654334"]


def test_a_reaction_under_the_user_id_is_the_same_persons(platform: Platform) -> None:
    """The record had the user id alone when the driver reacted, and has the number now."""
    platform.track("e1", driverMobileNumber="", driverUserId=DRIVER_USER_ID)
    platform.sends("e1", "wamid.OUT")
    first = reaction(target_id="wamid.OUT", message_id="wamid.R1", timestamp=1749416390)
    assert platform.deliver(first) == [APPLIED]
    [thumb] = platform.chat("e1")["wamid.OUT"]["reactions"]
    assert thumb["from"] == DRIVER_USER_ID
    record = platform.ancillary.document(f"whatsapp/lease/{LEASE}/record-1")
    record.update({"driverMobileNumber": DRIVER})
    removal = {**reaction(target_id="wamid.OUT", message_id="wamid.R2", timestamp=1749416391)}
    removal["reaction"] = {"message_id": "wamid.OUT"}
    assert platform.deliver(removal) == [APPLIED]
    assert platform.chat("e1")["wamid.OUT"]["reactions"] == []


def test_the_status_of_a_payment_is_no_messages(platform: Platform) -> None:
    sent = "wamid.HBgLMTU1NTAwMDEyMzQVAgARGBIzQTAwMDAwMDAwMDAwMEMwMDEA"
    platform.track("e1", lease="15550100002", driverMobileNumber="15550001234")
    platform.sends("e1", sent, status="sent")
    before = platform.chat("e1")
    assert deliver(platform, "status_payment_failed") == [("ignored", "unsupported_status")]
    assert platform.chat("e1") == before


def test_a_change_that_holds_nothing_known_is_seen(platform: Platform) -> None:
    assert deliver(platform, "user_actions_only") == [("ignored", "without_items")]
    assert Event.objects.get().name == "user_actions"


def test_a_record_with_the_user_id_alone(platform: Platform) -> None:
    """Also once Meta names the driver by number as well."""
    user_id = "US.10000000000000006"
    platform.track("e1", lease="15550100006", driverMobileNumber="", driverUserId=user_id)
    assert deliver(platform, "record_by_user_id_event_names_both") == [APPLIED]
    assert platform.unread("e1") == 1


def test_a_user_id_that_is_not_of_the_form_is_not_learned(platform: Platform) -> None:
    lease = "15550100008"
    platform.track("e1", lease=lease, driverMobileNumber="15550001234")
    assert deliver(platform, "user_id_not_of_the_form") == [APPLIED]
    record = platform.ancillary.document(f"whatsapp/lease/{lease}/record-1").get()
    assert "driverUserId" not in (record.to_dict() or {})
    right = text(message_id="wamid.2", number="15550001234", user_id="US.1")
    change = samples.change(messages=[right], contacts=[], lease_number=lease)
    body = samples.encode(samples.envelope(samples.entry(change)))
    platform.run(platform.receive_payload(body))
    record = platform.ancillary.document(f"whatsapp/lease/{lease}/record-1").get()
    assert (record.to_dict() or {})["driverUserId"] == "US.1"


def test_a_withheld_number_that_an_older_record_tells(platform: Platform) -> None:
    """A reply goes to the chat that holds what it quotes, wherever the number leads."""
    platform.track("e1", driverUserId=DRIVER_USER_ID)
    platform.track("e2")
    platform.sends("e2", "wamid.OUT2")
    withheld: dict[str, Any] = {"number": "", "reply_to": "wamid.OUT2"}
    items = [text(message_id="wamid.T", **withheld)]
    assert platform.deliver(*items, contacts=[contact(number="")]) == [APPLIED]
    assert platform.chat("e2").keys() == {"wamid.OUT2", "wamid.T"}
    read = status(message_id="wamid.OUT2", number="", word="read")
    assert platform.deliver(statuses=[read]) == [APPLIED]


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_a_number_that_somebody_else_has_now(platform: Platform, order: tuple[int, int]) -> None:
    """The newest by Meta's time counts, in whatever order the events came."""
    platform.track("e1", driverUserId=DRIVER_USER_ID)
    named = {
        1: reaction(message_id="wamid.1", target_id="wamid.NONE", timestamp=1749416390),
        2: reaction(
            message_id="wamid.2",
            target_id="wamid.NONE",
            number="15550009999",
            timestamp=1749416391,
        ),
    }
    for serial in order:
        platform.receive(named[serial], contacts=[])
    items = [text(message_id="wamid.T", number="", timestamp=1749416392)]
    assert platform.deliver(*items, contacts=[contact(number="")]) == [NO_TRACKING]
    event = Event.objects.get(message_id="wamid.T")
    assert event.detail == (
        "a tracking record has this user id, and another number than Meta named last with it"
    )
    assert platform.chat("e1") == {}


def test_a_text_under_two_ids_of_a_lease_number_is_one_text(platform: Platform) -> None:
    """However the lease number is spelled."""
    platform.track("e1", lease="5541999990001", driverMobileNumber=DRIVER)
    outcomes = []
    for lease, phone_number_id in [("554199990001", "1"), ("5541999990001", "2")]:
        change = samples.change(
            messages=[text(message_id="wamid.T")],
            contacts=[contact()],
            lease_number=lease,
            phone_number_id=phone_number_id,
        )
        body = samples.encode(samples.envelope(samples.entry(change)))
        delivery = platform.receive_payload(body)
        platform.run(delivery)
        outcomes += platform.outcomes(delivery)
    assert outcomes == [APPLIED, ALREADY]
    assert (len(platform.chat("e1")), platform.unread("e1")) == (1, 1)


BY_USER_ID = "wamid.HBgTRUcuMTAwMDAwMDAwMDAwMDAwMhUUABEYEjNBMDAwMDAwMDAwMDAwQjAwMQA="
BY_NUMBER = "wamid.HBgMMjAxMDAwMDAwMDAxFQIAERgSM0EwMDAwMDAwMDAwMDBCMDAxAA=="


def other_scope(platform: Platform) -> None:
    """A driver of both names, and a message that is stored under the id made with the number."""
    platform.track(
        "e1",
        lease="15550100001",
        driverMobileNumber="201000000001",
        driverUserId="EG.1000000000000002",
    )
    platform.sends("e1", BY_NUMBER)


def deliver_from(
    platform: Platform, *items: samples.Json, statuses: tuple[samples.Json, ...] = ()
) -> list[tuple[str, str]]:
    """Delivers items of that driver's lease number."""
    change = samples.change(
        messages=items, statuses=statuses, contacts=[], lease_number="15550100001"
    )
    body = samples.encode(samples.envelope(samples.entry(change)))
    delivery = platform.receive_payload(body)
    platform.run(delivery)
    return platform.outcomes(delivery)


def egyptian(**fields: Any) -> dict[str, Any]:
    """The driver's two names."""
    return {"number": "201000000001", "user_id": "EG.1000000000000002", **fields}


def test_a_reaction_by_an_id_of_another_scope(platform: Platform) -> None:
    """Found at once by the message's own key, which the ledger has seen in a status."""
    other_scope(platform)
    sent = status(message_id=BY_NUMBER, word="sent", **egyptian())
    assert deliver_from(platform, statuses=(sent,)) == [APPLIED]
    assert deliver(platform, "reaction_by_other_scope_id") == [APPLIED]
    [thumb] = platform.chat("e1")[BY_NUMBER]["reactions"]
    assert thumb["emoji"] == "\U0001f44d"
    event = Event.objects.get(kind="reaction")
    assert (event.target_id, event.stored_id) == (BY_USER_ID, BY_NUMBER)


def test_an_id_that_the_ledger_has_not_seen_waits_until_it_has(platform: Platform) -> None:
    other_scope(platform)
    delivery = platform.receive_payload(load("reaction_by_other_scope_id"))
    platform.run(delivery)
    assert platform.outcomes(delivery) == [("waiting", "waiting_for_message")]
    sent = status(message_id=BY_NUMBER, word="sent", **egyptian(user_id=""))
    assert deliver_from(platform, statuses=(sent,)) == [APPLIED]
    [(_, wait)] = platform.scheduled()
    assert platform.pass_time(delivery, wait) == [APPLIED]


@pytest.mark.parametrize(
    "other",
    [
        {"number": "201000000009", "user_id": "EG.9"},  # another driver's chat
        {"number": "", "user_id": "EG.9"},
    ],
)
def test_an_id_seen_of_another_person_is_not_meant(
    platform: Platform, other: dict[str, Any]
) -> None:
    other_scope(platform)
    deliver_from(platform, statuses=(status(message_id=BY_NUMBER, word="sent", **other),))
    assert deliver(platform, "reaction_by_other_scope_id") == [("waiting", "waiting_for_message")]


def test_of_several_messages_with_one_key_none_is_meant(platform: Platform) -> None:
    other_scope(platform)
    third = samples.wamid("20100000000X", 0)  # of the form, and with another key
    twin = BY_NUMBER.replace("FQIA", "FQMA")  # flags
    platform.sends("e1", twin)
    platform.sends("e1", third)
    statuses = tuple(
        status(message_id=each, word="sent", **egyptian()) for each in (BY_NUMBER, twin, third)
    )
    assert deliver_from(platform, statuses=statuses) == [APPLIED] * 3
    assert deliver(platform, "reaction_by_other_scope_id") == [("waiting", "waiting_for_message")]


def test_a_reply_by_an_id_of_another_scope_goes_to_the_chat_that_holds_it(
    platform: Platform,
) -> None:
    other_scope(platform)
    platform.track(
        "e2",
        lease="15550100001",
        driverMobileNumber="201000000001",
        driverUserId="EG.1000000000000002",
    )
    sent = status(message_id=BY_NUMBER, word="sent", **egyptian())
    assert deliver_from(platform, statuses=(sent,)) == [APPLIED]
    reply = text(message_id="wamid.REPLY", reply_to=BY_USER_ID, **egyptian())
    assert deliver_from(platform, reply) == [APPLIED]
    assert platform.chat("e1")["wamid.REPLY"]["replyTo"] == BY_USER_ID
    assert Event.objects.get(kind="text").stored_id == BY_NUMBER


def test_a_reply_quotes_a_text_beside_it_by_another_id(platform: Platform) -> None:
    """The text is written first, and then it is known which chat is meant."""
    other_scope(platform)
    for enquiry in ("e2", "e3"):
        platform.track(enquiry, lease="15550100001", driverMobileNumber="201000000001")
    first = samples.wamid("201000000001", 7)
    again = samples.wamid("EG.1000000000000002", 7)
    platform.sends("e1", "wamid.OUT")
    items = [
        text(message_id=first, reply_to="wamid.OUT", **egyptian()),
        text(message_id="wamid.REPLY", reply_to=again, **egyptian()),
    ]
    assert deliver_from(platform, *items) == [APPLIED] * 2
    assert {first, "wamid.REPLY"} <= platform.chat("e1").keys()


def test_what_comes_again_under_another_id_of_its_message_was_applied_already(
    platform: Platform,
) -> None:
    """Whichever of the ids comes first; of a message that is stored under a third, too."""
    other_scope(platform)
    flags = BY_NUMBER.replace("FQIA", "FQMA")

    def read(message_id: str) -> samples.Json:
        return status(message_id=message_id, word="read", **egyptian())

    sent = status(message_id=BY_NUMBER, word="sent", **egyptian())
    assert deliver_from(platform, statuses=(sent,)) == [APPLIED]
    assert deliver_from(platform, statuses=(read(BY_USER_ID),)) == [APPLIED]
    assert deliver_from(platform, statuses=(read(BY_NUMBER),)) == [ALREADY]
    assert deliver_from(platform, statuses=(read(flags),)) == [ALREADY]
    played = [status(message_id=each, word="played", **egyptian()) for each in (flags, BY_USER_ID)]
    assert deliver_from(platform, statuses=tuple(played)) == [APPLIED, ALREADY]
    thumb = {"message_id": "wamid.R", "timestamp": 1749416390, **egyptian()}
    outcomes = [
        deliver_from(platform, reaction(target_id=each, **thumb))
        for each in (BY_USER_ID, BY_NUMBER, flags)
    ]
    assert outcomes == [[APPLIED], [ALREADY], [ALREADY]]


def test_a_run_that_ended_before_it_was_recorded_under_another_id(platform: Platform) -> None:
    """It was this event that did it, if no other is recorded under any id of the message."""
    other_scope(platform)
    sent = status(message_id=BY_NUMBER, word="sent", **egyptian())
    assert deliver_from(platform, statuses=(sent,)) == [APPLIED]
    read = status(message_id=BY_USER_ID, word="read", **egyptian())
    assert deliver_from(platform, statuses=(read,)) == [APPLIED]
    lost = Event.objects.filter(name="read")
    lost.update(state="queued", reason="", stored_id="", settled_at=None)
    [event] = lost
    platform.run(event.delivery_id)
    assert platform.outcomes(event.delivery_id) == [APPLIED]
