"""What is foreseen of single events, and what happens while Firestore does not tell."""

from collections.abc import Iterator
from time import monotonic
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from listeners.foresight.looking import look
from listeners.models import Placement
from listeners.restores.windows import What, begin
from listeners.tracking import ChatKey
from sandbox.emulators import Fault, FaultKind
from sandbox.samples import DRIVER_NUMBER, DRIVER_USER_ID, image, reaction, status, text, wamid
from tests.eventlog.erasing.people import erase
from tests.platform import Platform
from visn_whatsapp.budget import Budget
from webhooks import transitions
from webhooks.models import Event
from webhooks.outcomes import REOPENABLE, Reason

E1 = ChatKey(lease_id="lease-1", enquiry_id="e1")
E2 = ChatKey(lease_id="lease-1", enquiry_id="e2")


def foreseen(platform: Platform, *, seconds: float = 20) -> dict[str, tuple[Reason, Any]]:
    """By Meta's id of each event that can be opened again: its reason and chat."""
    names = dict(Event.objects.filter(state__in=REOPENABLE).values_list("pk", "message_id"))
    found = look(list(names), store=platform.store, now=platform.now, budget=Budget(seconds))
    return {names[each.event]: (each.reason, each.chat) for each in found}


def documents(platform: Platform) -> list[tuple[str, Any, Any]]:
    """All documents of both databases, with the moments at which they were written last."""
    return [
        (each.reference.path, each.to_dict(), each.update_time)
        for client in (platform.main, platform.ancillary)
        for name in ("chatMessages", "enquiries", "15550783881")
        for each in client.collection_group(name).stream()
    ]


def test_texts_go_to_the_chat_that_is_tracked_by_now(platform: Platform) -> None:
    platform.deliver(text(message_id="wamid.A"), image(message_id="wamid.P"))
    assert foreseen(platform)["wamid.A"] == (Reason.NO_ACTIVE_TRACKING, None)
    platform.track("e1")
    before = documents(platform)
    assert foreseen(platform) == {
        "wamid.A": (Reason.APPLIED, E1),
        "wamid.P": (Reason.UNSUPPORTED_TYPE, None),
    }
    assert documents(platform) == before
    assert not Placement.objects.exists()


def test_what_others_of_them_make_is_there_for_the_rest(platform: Platform) -> None:
    platform.deliver(reaction(message_id="wamid.R", target_id="wamid.A"))
    platform.deliver(text(message_id="wamid.B", reply_to="wamid.A"))
    platform.deliver(text(message_id="wamid.A"))
    platform.track("e1")
    assert foreseen(platform) == dict.fromkeys(
        ("wamid.R", "wamid.B", "wamid.A"), (Reason.APPLIED, E1)
    )


def test_what_waits_in_vain_is_foreseen_as_it_ends(platform: Platform) -> None:
    platform.deliver(
        text(message_id="wamid.B", reply_to="wamid.GONE"),
        reaction(message_id="wamid.R", target_id="wamid.GONE"),
        reaction(message_id="wamid.RB", target_id="wamid.B"),
    )
    platform.track("e1")
    platform.track("e2")
    assert foreseen(platform) == {
        "wamid.B": (Reason.APPLIED, E2),
        "wamid.R": (Reason.MESSAGE_NOT_FOUND, None),
        "wamid.RB": (Reason.APPLIED, E2),
    }


def test_an_enquiry_that_is_missing_and_a_text_that_was_placed(platform: Platform) -> None:
    platform.track("e1")
    platform.enquiry("e1").delete()
    platform.deliver(text(message_id="wamid.A"))
    platform.track("e2")
    assert foreseen(platform) == {"wamid.A": (Reason.ENQUIRY_NOT_FOUND, E1)}
    platform.enquiry("e1").set({})
    assert foreseen(platform) == {"wamid.A": (Reason.APPLIED, E1)}
    platform.messages("e1").document("wamid.A").set({"whatsappMessageId": "other"})
    assert foreseen(platform) == {"wamid.A": (Reason.APPLIED, E1)}


def test_what_comes_again_of_somebody_erased_would_be_passed_over_again(
    platform: Platform,
) -> None:
    platform.deliver(text(message_id="wamid.A"))
    erase(platform)
    platform.deliver(text(message_id="wamid.A"), contacts=())
    platform.track("e1")
    assert foreseen(platform)["wamid.A"] == (Reason.ERASED, None)


def test_one_text_of_two_deliveries_is_applied_once(platform: Platform) -> None:
    platform.deliver(text(message_id="wamid.A"))
    platform.deliver(text(message_id="wamid.A"), text(message_id="wamid.B"))
    platform.track("e1")
    ids = list(Event.objects.values_list("pk", flat=True))
    found = look(ids, store=platform.store, now=platform.now, budget=Budget(20))
    assert sorted(each.reason for each in found) == ["already_applied", "applied", "applied"]


def test_a_change_that_another_event_made_is_a_duplicate(platform: Platform) -> None:
    platform.track("e1")
    platform.sends("e1", "wamid.OUT")
    platform.deliver(statuses=[status(message_id="wamid.OUT", word="read")])
    read = status(message_id="wamid.OUT", word="read")
    platform.deliver(image(message_id="wamid.P"), statuses=[read])
    Event.objects.filter(state="duplicate").update(state="skipped", reason="message_not_found")
    assert foreseen(platform)["wamid.OUT"] == (Reason.ALREADY_APPLIED, E1)


def test_what_is_sought_after_a_restore_is_looked_for(platform: Platform) -> None:
    platform.deliver(text(message_id="wamid.A"), text(message_id="wamid.B"))
    begin(What.LEDGER, since=None, until=None, now=platform.now)
    platform.track("e1")
    platform.sends("e1", "wamid.A", to="15550783881")
    assert foreseen(platform) == {
        "wamid.A": (Reason.ALREADY_APPLIED, E1),
        "wamid.B": (Reason.APPLIED, E1),
    }


def test_a_user_id_that_would_be_learned_finds_what_comes_after(platform: Platform) -> None:
    """Of what came before, and beside it, nobody knows yet whose it is."""
    alone: dict[str, Any] = {"number": "", "user_id": DRIVER_USER_ID}
    for names in (
        {"wamid.BEFORE": alone},
        {"wamid.BOTH": {}, "wamid.BESIDE": alone},
        {"wamid.AFTER": alone},
    ):
        texts = (text(message_id=each, **by) for each, by in names.items())
        platform.deliver(*texts, contacts=())
    platform.track("e1")
    platform.track("e2", active=False)
    before = documents(platform)
    assert foreseen(platform) == {
        "wamid.BEFORE": (Reason.NO_ACTIVE_TRACKING, None),
        "wamid.BOTH": (Reason.APPLIED, E1),
        "wamid.BESIDE": (Reason.NO_ACTIVE_TRACKING, None),
        "wamid.AFTER": (Reason.APPLIED, E1),
    }
    assert documents(platform) == before
    opened = list(Event.objects.order_by("pk").values_list("pk", "delivery"))
    events = [event for event, _ in opened]
    transitions.reopen(events, check_at=platform.now, now=platform.now)
    for delivery in dict.fromkeys(delivery for _, delivery in opened):
        platform.run(delivery)
    came = Event.objects.order_by("pk").values_list("reason", flat=True)
    none, applied = Reason.NO_ACTIVE_TRACKING.value, Reason.APPLIED.value
    assert list(came) == [none, applied, none, applied]


def test_without_firestore_nothing_is_guessed(platform: Platform, our_faults: Any) -> None:
    platform.deliver(text(message_id="wamid.A"), image(message_id="wamid.P"))
    our_faults.add(Fault(kind=FaultKind.PERMISSION_DENIED, service="firestore", times=99))
    assert foreseen(platform) == {}


def test_a_slow_firestore_is_given_so_long(platform: Platform, our_faults: Any) -> None:
    platform.deliver(text(message_id="wamid.A"))
    our_faults.add(Fault(kind=FaultKind.SLOW, service="firestore", times=99, seconds=2.0))
    began = monotonic()
    assert foreseen(platform, seconds=0.5) == {}
    assert monotonic() - began < 1.5


@pytest.fixture
def our_faults(platform: Platform, firestore_host: str) -> Iterator[Any]:
    if firestore_host != platform.emulators.firestore_host:
        pytest.skip("Google's emulator has no faults")
    yield platform.emulators.faults
    platform.emulators.faults.clear()


def test_many_are_looked_at_with_few_questions(platform: Platform) -> None:
    for first in range(0, 240, 60):
        platform.deliver(
            *(text(message_id=wamid(DRIVER_NUMBER, n)) for n in range(first, first + 60))
        )
    platform.track("e1")
    with CaptureQueriesContext(connection) as captured:
        found = foreseen(platform)
    assert set(found.values()) == {(Reason.APPLIED, E1)}
    assert len(found) == 240
    assert len(captured) < 20
