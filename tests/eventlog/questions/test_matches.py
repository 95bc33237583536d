"""What matches what somebody types into the search box."""

import pytest

from eventlog.questions.matches import find, phone_digits
from eventlog.questions.same import Same, of_message
from sandbox import samples
from tests.rows import make_delivery, make_event
from webhooks.models import Event
from webhooks.whatsapp.items import Kind
from webhooks.whatsapp.wamids import short_key


@pytest.mark.parametrize(
    ("word", "digits"),
    [
        ("16505551234", "16505551234"),
        ("+1 (650) 555-1234", "16505551234"),
        ("001 650.555.1234", "16505551234"),
        ("+44\u00a07700 900123", "447700900123"),
        ("+44 (0)7700 900102", "447700900102"),
        ("0044 (0) 7700 900102", "447700900102"),
        ("12345", ""),
        ("wamid.123456789", ""),
        ("", ""),
    ],
)
def test_a_number_is_known_by_its_form(word: str, digits: str) -> None:
    assert phone_digits(word) == digits


@pytest.fixture
def event(db: None) -> Event:
    """An event that has everything."""
    return make_event(
        lease_id="northfleet", enquiry_id="ENQ-7", target_id="wamid.quoted", message_id="wamid.A"
    )


@pytest.mark.parametrize(
    ("words", "title", "same"),
    [
        ("+1 650 555 1234", "Driver's number", Same.DRIVER),
        (" 15550783881 ", "Lease number", Same.LEASE_NUMBER),
        ("wamid.A", "Message", None),
        ("wamid.quoted", "Message that others refer to", None),
        ("ENQ-7", "Enquiry", Same.ENQUIRY),
        ("northfleet", "Lease company", Same.COMPANY),
        (samples.DRIVER_USER_ID, "Driver's user id", Same.DRIVER),
    ],
)
def test_a_word_finds_what_it_names(
    event: Event, words: str, title: str, same: Same | None
) -> None:
    assert [(each.title, each.same, each.event) for each in find(words)] == [(title, same, event)]


def test_a_delivery_is_found_by_its_id(event: Event) -> None:
    assert [each.delivery for each in find(str(event.delivery_id))] == [event.delivery_id]
    assert [each.delivery for each in find(event.delivery_id.hex)] == [event.delivery_id]
    address = f"https://log.example/admin/webhooks/delivery/{event.delivery_id}/change/"
    assert [each.delivery for each in find(address)] == [event.delivery_id]


def test_an_event_is_found_by_its_number(event: Event) -> None:
    assert [(each.title, each.event) for each in find(str(event.pk))] == [("Event", event)]


@pytest.mark.parametrize(
    "words",
    [
        "https://log.example/admin/webhooks/event/{}/change/",
        "/admin/webhooks/event/{}/change/?x=1#timeline-title",
        "http://localhost:8000/admin/chat/{}/",
        "Text {}",
        "event {}",
        "Status delivered {}",
        "Error notice {}",
    ],
)
def test_an_event_is_found_as_its_pages_name_it(event: Event, words: str) -> None:
    assert [each.event for each in find(words.format(event.pk))] == [event]


def test_the_newest_event_stands_for_the_thing(event: Event) -> None:
    newest = make_event(kind=Kind.STATUS, name="read")
    assert [each.event for each in find(samples.DRIVER_NUMBER)] == [newest]


def test_a_word_that_names_several_things_finds_them_all(event: Event) -> None:
    make_event(enquiry_id=samples.DRIVER_NUMBER)
    titles = [each.title for each in find(samples.DRIVER_NUMBER)]
    assert titles == ["Driver's number", "Enquiry"]


@pytest.mark.parametrize(
    "words",
    ["", "  ", "nothing", "\0", "9" * 5000, "' OR 1=1 --", "%", "0123456", "Text", "/event/x/"],
)
def test_what_the_log_does_not_have_is_not_found(event: Event, words: str) -> None:
    make_delivery()
    assert find(words) == []


def test_a_message_is_found_by_each_of_its_ids(db: None) -> None:
    """Also by one that no event names, since the key is in it."""
    stored, named, unseen = (samples.wamid(who, 7) for who in ("447700900101", "GB.1", "GB.2"))
    sent = make_event(
        kind=Kind.STATUS, name="sent", message_id=stored, message_key=short_key(stored)
    )
    liked = make_event(
        kind=Kind.REACTION, message_id="wamid.R", target_id=named, target_key=short_key(named)
    )
    assert [(each.title, each.event) for each in find(stored)] == [("Message", sent)]
    assert [(each.title, each.event) for each in find(named)] == [
        ("Message that others refer to", liked)
    ]
    assert [each.title for each in find(unseen)] == ["Message by another of its ids"]
    for event in (sent, liked):
        assert set(Event.objects.filter(of_message(event))) == {sent, liked}


def test_a_lease_number_is_found_in_each_spelling(db: None) -> None:
    event = make_event(lease_number="5541999990001", person_number="447700900101")
    assert [each.event for each in find("+55 41 9999-0001")] == [event]
