"""Which chat an event belongs to (contract: Which chat), through the real flow."""

import logging
from datetime import timedelta

import pytest

from listeners.firestore.errors import Refused
from listeners.firestore.queries import Lookup
from sandbox.samples import DRIVER_USER_ID, contact, image, reaction, status, text
from tests.platform import DRIVER, LEASE, Platform
from webhooks.whatsapp.items import Person

APPLIED = ("processed", "applied")
NO_TRACKING = ("skipped", "no_active_tracking")
WAITS = ("waiting", "waiting_for_message")


def test_a_text_of_an_unknown_driver_is_skipped(platform: Platform) -> None:
    platform.track("e1", driverMobileNumber="447700900999")
    assert platform.deliver(text()) == [NO_TRACKING]
    assert platform.chat("e1") == {}


def test_without_an_active_record_everything_is_skipped(platform: Platform) -> None:
    platform.track("e1", active=False)
    platform.sends("e1", "wamid.OUT")
    outcomes = platform.deliver(
        text(), reaction(target_id="wamid.OUT"), statuses=[status(message_id="wamid.OUT")]
    )
    assert outcomes == [NO_TRACKING] * 3
    assert platform.unread("e1") == 0


@pytest.mark.parametrize("number", [DRIVER, f"+{DRIVER}"])
def test_a_driver_is_found_with_and_without_a_plus(platform: Platform, number: str) -> None:
    platform.track("e1", driverMobileNumber=number)
    assert platform.deliver(text(message_id="wamid.T")) == [APPLIED]
    assert list(platform.chat("e1")) == ["wamid.T"]


def withheld(platform: Platform, *, message_id: str) -> list[tuple[str, str]]:
    """Delivers a text of a driver whose number Meta withholds."""
    return platform.deliver(text(number="", message_id=message_id), contacts=[contact(number="")])


def test_a_driver_without_a_number_is_found_by_the_user_id(platform: Platform) -> None:
    platform.track("e1", driverUserId=DRIVER_USER_ID)
    assert withheld(platform, message_id="wamid.T") == [APPLIED]
    document = platform.chat("e1")["wamid.T"]
    assert "from" not in document
    assert document["fromUserId"] == DRIVER_USER_ID


def test_the_user_id_is_learnt_from_an_event_with_both(platform: Platform) -> None:
    platform.track("e1")
    before = platform.record(1)
    platform.deliver(text(message_id="wamid.T1"))
    assert platform.record(1) == before | {"driverUserId": DRIVER_USER_ID}
    assert withheld(platform, message_id="wamid.T2") == [APPLIED]


@pytest.mark.parametrize("order", [("told", "withheld"), ("withheld", "told")])
def test_the_user_id_is_learnt_by_all_active_records(
    platform: Platform, order: tuple[str, str]
) -> None:
    platform.track("e1")
    platform.track("e2")
    platform.track("e3", active=False)
    platform.sends("e1", "wamid.OLD")
    platform.sends("e2", "wamid.NEW")
    assert platform.deliver(statuses=[status(message_id="wamid.OLD")]) == [APPLIED]
    learnt = [platform.record(number).get("driverUserId") for number in (1, 2, 3)]
    assert learnt == [DRIVER_USER_ID, DRIVER_USER_ID, None]
    ways = {
        "told": lambda: platform.deliver(text(message_id="wamid.T1")),
        "withheld": lambda: withheld(platform, message_id="wamid.T2"),
    }
    assert [ways[way]() for way in order] == [[APPLIED]] * 2
    assert platform.chat("e2").keys() == {"wamid.NEW", "wamid.T1", "wamid.T2"}
    read = status(message_id="wamid.NEW", word="read", number="")
    assert platform.deliver(statuses=[read]) == [APPLIED]


def test_the_user_id_is_learnt_once_however_the_number_is_spelled(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    platform.track("e1", driverMobileNumber="5511987654321")
    spelled = ("5511987654321", "551187654321")
    with caplog.at_level(logging.INFO, "listeners"):
        platform.deliver(*(text(message_id=f"wamid.{each}", number=each) for each in spelled))
    assert platform.record(1)["driverUserId"] == DRIVER_USER_ID
    assert "A user id was not learned." not in caplog.text


def test_the_user_id_is_learnt_by_all_or_none(platform: Platform) -> None:
    platform.track("e1")
    platform.track("e2")
    lookup = Lookup(lease_number=LEASE, person=Person(number=DRIVER))
    records, _ = platform.store.load(lookups=[lookup], message_ids=())
    platform.ancillary.document(f"whatsapp/lease/{LEASE}/record-2").update({"serviceUnitId": "s"})
    with pytest.raises(Refused):
        platform.store.learn_user_id(records, DRIVER_USER_ID)
    assert "driverUserId" not in platform.record(1)


def test_a_known_user_id_is_never_replaced(platform: Platform) -> None:
    platform.track("e1", driverUserId="GB.1")
    platform.deliver(text())
    assert platform.record(1)["driverUserId"] == "GB.1"


def test_a_text_goes_to_the_newest_of_several_active_chats(platform: Platform) -> None:
    platform.track("e1")
    platform.track("e2")
    platform.track("e3", active=False)
    assert platform.deliver(text(message_id="wamid.T")) == [APPLIED]
    assert list(platform.chat("e2")) == ["wamid.T"]


def test_a_reply_goes_to_the_chat_that_holds_the_quoted_message(platform: Platform) -> None:
    platform.track("e1")
    platform.track("e2")
    platform.sends("e1", "wamid.OUT")
    assert platform.deliver(text(message_id="wamid.T", reply_to="wamid.OUT")) == [APPLIED]
    assert platform.chat("e1")["wamid.T"]["replyTo"] == "wamid.OUT"


def test_a_reply_waits_for_the_quoted_message_one_minute_at_most(platform: Platform) -> None:
    platform.track("e1")
    platform.track("e2")
    delivery = platform.receive(text(message_id="wamid.T", reply_to="wamid.LATE"))
    platform.run(delivery)
    assert platform.outcomes(delivery) == [("waiting", "waiting_for_quoted")]
    for seconds in (5, 15):
        outcomes = platform.pass_time(delivery, timedelta(seconds=seconds))
        assert outcomes == [("waiting", "waiting_for_quoted")]
    assert platform.pass_time(delivery, timedelta(seconds=40)) == [APPLIED]
    assert list(platform.chat("e2")) == ["wamid.T"]


def test_a_reply_goes_to_the_quoted_message_that_came_while_it_waited(platform: Platform) -> None:
    platform.track("e1")
    platform.track("e2")
    delivery = platform.receive(text(message_id="wamid.T", reply_to="wamid.LATE"))
    platform.run(delivery)
    platform.sends("e1", "wamid.LATE")
    assert platform.pass_time(delivery, timedelta(seconds=5)) == [APPLIED]
    assert "wamid.T" in platform.chat("e1")


def test_a_reply_to_a_text_of_the_same_delivery_follows_it(platform: Platform) -> None:
    platform.track("e1")
    platform.track("e2")
    platform.sends("e1", "wamid.OUT")
    outcomes = platform.deliver(
        text(message_id="wamid.T2", reply_to="wamid.T1", timestamp=1749416390),
        text(message_id="wamid.T1", reply_to="wamid.OUT", timestamp=1749416383),
    )
    assert outcomes == [APPLIED, APPLIED]
    assert sorted(platform.chat("e1")) == ["wamid.OUT", "wamid.T1", "wamid.T2"]


def test_with_one_active_chat_a_reply_does_not_wait(platform: Platform) -> None:
    platform.track("e1")
    platform.track("e2", active=False)
    assert platform.deliver(text(reply_to="wamid.UNKNOWN")) == [APPLIED]
    assert platform.unread("e1") == 1


def test_a_status_goes_to_the_chat_that_holds_its_message_even_an_inactive_one(
    platform: Platform,
) -> None:
    platform.track("e1", active=False)
    platform.track("e2")
    platform.sends("e1", "wamid.OUT")
    assert platform.deliver(statuses=[status(message_id="wamid.OUT")]) == [APPLIED]
    assert platform.chat("e1")["wamid.OUT"]["status"] == "delivered"


def test_a_message_of_another_lease_company_is_never_touched(platform: Platform) -> None:
    platform.track("e1")
    platform.track("e2", lease_id="lease-2", driverMobileNumber="447700900999")
    foreign = platform.enquiry("e2", lease_id="lease-2").path
    message = platform.main.document(f"{foreign}/whatsapp/messages/chatMessages/m")
    message.set({"whatsappMessageId": "wamid.OUT"})
    outcomes = platform.deliver(
        reaction(target_id="wamid.OUT"), statuses=[status(message_id="wamid.OUT")]
    )
    assert outcomes == [WAITS, WAITS]
    assert message.get().to_dict() == {"whatsappMessageId": "wamid.OUT"}


def test_a_collection_of_the_same_name_elsewhere_is_no_chat(platform: Platform) -> None:
    platform.track("e1")
    platform.main.document("elsewhere/x/chatMessages/m").set({"whatsappMessageId": "wamid.OUT"})
    assert platform.deliver(statuses=[status(message_id="wamid.OUT")]) == [WAITS]


def test_an_event_that_names_nobody_is_skipped(platform: Platform) -> None:
    platform.track("e1")
    platform.sends("e1", "wamid.OUT")
    outcomes = platform.deliver(
        statuses=[status(message_id="wamid.OUT", word="failed", number="", user_id="")],
        contacts=[],
    )
    assert outcomes == [("skipped", "no_person")]


def test_a_record_that_names_no_chat_is_no_candidate(platform: Platform) -> None:
    platform.track("e1", leaseId="a/b")
    platform.track("e2", enquiryId=None)
    platform.track("e3", active="yes")
    assert platform.deliver(text()) == [NO_TRACKING]


def test_what_is_not_processed_changes_nothing(platform: Platform) -> None:
    platform.track("e1")
    assert platform.deliver(image()) == [("ignored", "unsupported_type")]
    assert (platform.chat("e1"), platform.unread("e1")) == ({}, 0)


def test_an_id_too_long_to_look_for_disturbs_nobody(platform: Platform) -> None:
    platform.track("e1")
    platform.sends("e1", "wamid.OUT")
    longest = "x" * 1500
    outcomes = platform.deliver(
        reaction(target_id=longest),
        statuses=[status(message_id=longest), status(message_id="wamid.OUT")],
    )
    assert outcomes == [WAITS, WAITS, APPLIED]
