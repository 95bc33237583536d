"""The page of a chat: where it opens, how it is turned, and what its addresses say."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from eventlog.pages.places import sealed, unsealed
from listeners.firestore import connection as firestore_connection
from listeners.firestore.chats import Place
from listeners.tracking import ChatKey
from sandbox import samples
from sandbox.emulators import Emulators, Fault, FaultKind
from tests.eventlog.admin.staff import on_call, support
from tests.platform import Platform
from tests.rows import NOON, make_event
from webhooks.models import Event
from webhooks.outcomes import Reason, State
from webhooks.whatsapp.items import Kind

CHAT = ChatKey(lease_id="lease-1", enquiry_id="e1")
QUESTION = samples.OUTBOUND_ID


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> str:
    """Our stand-in alone: what is asked of Firestore is tested with the questions."""
    return stand_ins.firestore_host


@pytest.fixture
def connected(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Platform:
    """A platform whose Firestore the pages find as well, with 120 messages around a question."""
    monkeypatch.setattr(firestore_connection, "connect", lambda: platform.store)
    platform.track("e1")
    batch = platform.main.batch()
    for place in range(120):
        fields = {"message": f"Words {place}", "createdAt": NOON + place * timedelta(hours=1)}
        fields |= {"whatsappMessageId": samples.wamid("15550100404", place), "source": "driver"}
        batch.set(platform.messages("e1").document(fields["whatsappMessageId"]), fields)
    batch.commit()
    platform.sends("e1", QUESTION, createdAt=NOON + timedelta(hours=60, minutes=1), status="sent")
    return platform


def page_of(staff: Client, address: str) -> str:
    answer = staff.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def turn(page: str, name: str) -> str:
    """The address of the next page in a direction; empty where there is none."""
    found = re.search(rf'href="(\?{name}=[^"]+)"', page)
    return found[1] if found else ""


def wanted_in(page: str) -> int:
    return page.count('id="message" aria-current="true"')


@pytest.mark.parametrize("by", ["reaction", "status", "reply"])
def test_what_is_about_a_message_opens_the_chat_at_it(connected: Platform, by: str) -> None:
    if by == "reaction":
        connected.deliver(samples.reaction(target_id=QUESTION))
    elif by == "status":
        connected.deliver(statuses=[samples.status(message_id=QUESTION, word="read")])
    else:
        connected.deliver(samples.text(reply_to=QUESTION))
    event = Event.objects.get()
    staff = on_call()
    staff.post(f"/admin/reveal/chat/{event.pk}/")
    page = page_of(staff, f"/admin/chat/{event.pk}/")
    assert wanted_in(page) == 1
    bubble = page.partition('id="message"')[2].partition('class="foot"')[0]
    # A text is a message of its own; what is no text opens at what it is about.
    assert ("Where are you?" in bubble.partition('class="words"')[2]) is (by != "reply")


def test_an_event_that_was_applied_to_nothing_opens_at_its_message(connected: Platform) -> None:
    event = make_event(
        kind=Kind.STATUS,
        message_id=QUESTION,
        state=State.SKIPPED,
        reason=Reason.MESSAGE_NOT_FOUND,
        lease_id="lease-1",
        enquiry_id="e1",
    )
    assert event.document == ""
    assert wanted_in(page_of(support(), f"/admin/chat/{event.pk}/")) == 1


def test_pages_are_turned_by_addresses_that_nobody_can_read(connected: Platform) -> None:
    event = make_event(lease_id="lease-1", enquiry_id="e1", message_id=QUESTION, kind=Kind.STATUS)
    staff, address = support(), f"/admin/chat/{event.pk}/"
    middle = page_of(staff, address)
    for name, back in (("older", "newer"), ("newer", "older")):
        place = turn(middle, name)
        [words] = parse_qs(urlsplit(place).query)[name]
        stored = unsealed(words, CHAT)
        assert stored is not None
        assert stored.document_id.startswith("wamid.")
        assert (stored.document_id in place, "wamid" in place) == (False, False)
        turned = page_of(staff, f"{address}{place}")
        assert (wanted_in(turned), "Back to the message" in turned) == (0, True)
        again = page_of(staff, f"{address}{turn(turned, back)}")
        assert (wanted_in(again), "Back to the message" in again) == (1, False)


def test_a_reveal_stays_on_the_page_and_is_noted(connected: Platform) -> None:
    event = make_event(lease_id="lease-1", enquiry_id="e1", message_id=QUESTION, kind=Kind.STATUS)
    staff, address = on_call(), f"/admin/chat/{event.pk}/"
    place = turn(page_of(staff, address), "older")
    [words] = parse_qs(urlsplit(place).query)["older"]
    assert f'name="older" value="{words}"' in page_of(staff, f"{address}{place}")
    answer = staff.post(f"/admin/reveal/chat/{event.pk}/", {"older": words})
    shown = page_of(staff, answer.headers["Location"])
    assert ("Words 30" in shown, wanted_in(shown)) == (True, 0)
    assert "Revealed the chat" in page_of(staff, f"/admin/webhooks/event/{event.pk}/history/")


@pytest.mark.parametrize("words", ["", "x", "gAAAAA", "\u00e9" * 20, "a" * 7000])
def test_a_place_that_nobody_has_sealed_opens_the_chat_at_its_message(
    connected: Platform, words: str
) -> None:
    event = make_event(lease_id="lease-1", enquiry_id="e1", message_id=QUESTION, kind=Kind.STATUS)
    answer = support().get(f"/admin/chat/{event.pk}/", {"older": words})
    assert wanted_in(answer.content.decode()) == 1


def test_a_chat_is_revealed_by_itself(connected: Platform) -> None:
    """Whichever of its events it is opened by; none of another, not even of the same company."""
    connected.track("e2")
    connected.messages("e2").document("x").set(
        {"message": "Of another", "createdAt": NOON, "source": "driver"}
    )
    one, same, other = (
        make_event(lease_id="lease-1", enquiry_id=enquiry) for enquiry in ("e1", "e1", "e2")
    )
    staff = on_call()
    assert "Words 119" not in page_of(staff, f"/admin/chat/{one.pk}/")
    staff.post(f"/admin/reveal/chat/{one.pk}/")
    assert "Words 119" in page_of(staff, f"/admin/chat/{one.pk}/")
    assert "Words 119" in page_of(staff, f"/admin/chat/{same.pk}/")
    assert "Of another" not in page_of(staff, f"/admin/chat/{other.pk}/")


def test_a_place_is_of_one_chat() -> None:
    place = Place(document_id="wamid.\u00e9", time=b"\0\xff")
    words = sealed(place, CHAT)
    assert unsealed(words, CHAT) == place
    assert unsealed(words, ChatKey(lease_id="lease-1", enquiry_id="e2")) is None


def test_a_message_that_is_not_in_the_chat_is_said_to_be_missing(connected: Platform) -> None:
    event = make_event(lease_id="lease-1", enquiry_id="e1", message_id="wamid.GONE")
    page = page_of(support(), f"/admin/chat/{event.pk}/")
    assert "The message of this event is not in the chat" in page
    assert (turn(page, "newer"), "There is nothing newer." in page) == ("", True)


@pytest.mark.parametrize("seconds", [0.0, 30.0])
def test_a_firestore_that_does_not_answer_is_said_to(
    connected: Platform, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    monkeypatch.setattr("listeners.firestore.chats.PAGE_SECONDS", 1.0)
    event = make_event(lease_id="lease-1", enquiry_id="e1", message_id=QUESTION, kind=Kind.STATUS)
    fault = Fault(kind=FaultKind.UNAVAILABLE, service="firestore", times=99, seconds=seconds)
    connected.emulators.faults.add(fault)
    try:
        page = page_of(support(), f"/admin/chat/{event.pk}/")
    finally:
        connected.emulators.faults.clear()
    assert "Firestore does not answer at the moment, or not in five seconds." in page


def test_ids_that_can_be_no_chats_are_said_to(connected: Platform) -> None:
    event = make_event(lease_id="lease-1", enquiry_id="__x__", message_id=QUESTION)
    page = page_of(support(), f"/admin/chat/{event.pk}/")
    assert "there can be no chat by these ids" in page
