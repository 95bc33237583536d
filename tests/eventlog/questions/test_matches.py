"""What matches what somebody types into the search box."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from eventlog.questions import newest
from eventlog.questions.masking import MASKED
from eventlog.questions.matches import OFFERED_AT_MOST, Match, find
from eventlog.questions.same import Same, of_message
from sandbox import samples
from tests.rows import NOON, make_delivery, make_event
from webhooks.models import Event
from webhooks.whatsapp.items import Kind
from webhooks.whatsapp.wamids import short_key

AT_MOST = 30  # queries


def matches_of(words: str, *lease_numbers: str) -> list[Match]:
    """What the words name, where these lease numbers are known."""
    return find(words, lease_numbers=lease_numbers).matches


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
    assert [(each.title, each.same, each.event) for each in matches_of(words)] == [
        (title, same, event)
    ]


def test_a_delivery_is_found_by_its_id(event: Event) -> None:
    assert [each.delivery for each in matches_of(str(event.delivery_id))] == [event.delivery_id]
    assert [each.delivery for each in matches_of(event.delivery_id.hex)] == [event.delivery_id]
    address = f"https://log.example/admin/webhooks/delivery/{event.delivery_id}/change/"
    assert [each.delivery for each in matches_of(address)] == [event.delivery_id]


def test_an_event_is_found_by_its_number(event: Event) -> None:
    assert [(each.title, each.event) for each in matches_of(str(event.pk))] == [("Event", event)]


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
    assert [each.event for each in matches_of(words.format(event.pk))] == [event]


def test_the_newest_event_stands_for_the_thing(event: Event) -> None:
    newest = make_event(kind=Kind.STATUS, name="read")
    assert [each.event for each in matches_of(samples.DRIVER_NUMBER)] == [newest]


def test_a_word_that_names_several_things_finds_them_all(event: Event) -> None:
    make_event(enquiry_id=samples.DRIVER_NUMBER)
    titles = [each.title for each in matches_of(samples.DRIVER_NUMBER)]
    assert titles == ["Driver's number", "Enquiry"]


@pytest.mark.parametrize(
    "words",
    ["", "  ", "nothing", "\0", "9" * 5000, "' OR 1=1 --", "%", "0123456", "Text", "/event/x/"],
)
def test_what_the_log_does_not_have_is_not_found(event: Event, words: str) -> None:
    make_delivery()
    assert matches_of(words) == []


def test_a_message_is_found_by_each_of_its_ids(db: None) -> None:
    """Also by one that no event names, since the key is in it."""
    stored, named, unseen = (samples.wamid(who, 7) for who in ("447700900101", "GB.1", "GB.2"))
    sent = make_event(
        kind=Kind.STATUS, name="sent", message_id=stored, message_key=short_key(stored)
    )
    liked = make_event(
        kind=Kind.REACTION, message_id="wamid.R", target_id=named, target_key=short_key(named)
    )
    assert [(each.title, each.event) for each in matches_of(stored)] == [("Message", sent)]
    assert [(each.title, each.event) for each in matches_of(named)] == [
        ("Message that others refer to", liked)
    ]
    assert [each.title for each in matches_of(unseen)] == ["Message by another of its ids"]
    for event in (sent, liked):
        assert set(Event.objects.filter(of_message(event))) == {sent, liked}


def test_a_lease_number_is_found_in_each_spelling(db: None) -> None:
    event = make_event(lease_number="5541999990001", person_number="447700900101")
    assert [each.event for each in matches_of("+55 41 9999-0001")] == [event]


NATIONAL = "447700900102"


@pytest.mark.parametrize(
    "words", ["07700 900102", "(0)7700 900102", "7700900102", "+44 7700 900102", "00447700900102"]
)
def test_a_number_is_found_as_it_is_dialled_at_home(event: Event, words: str) -> None:
    wanted = make_event(person_number=NATIONAL)
    [match] = matches_of(words, "447700900001", "15550783881")
    assert (match.title, match.same, match.event) == ("Driver's number", Same.DRIVER, wanted)
    assert (match.masked, match.certain) == (f"{'•' * 9}102", True)


def test_in_several_countries_all_that_there_are_are_offered(db: None) -> None:
    there = [make_event(person_number=f"{code}1701234567") for code in ("49", "44")]
    make_event(person_number="331701234567")
    found = matches_of("0170 1234567", "4930901820", "441632960001", "390612345678")
    # The third, of no country that is known, by its end.
    assert [each.event for each in found[:2]] == there
    assert [each.masked for each in found] == [f"{'•' * 9}567"] * 3


def test_a_lease_number_is_found_as_it_is_dialled_and_by_its_end(event: Event) -> None:
    for words in ("(555) 078-3881", "1 555 078 3881", "783881"):
        [match] = matches_of(words, samples.LEASE_NUMBER)
        assert (match.title, match.event) == ("Lease number", event)
        assert match.masked == f"{'•' * 8}881"


def test_a_driver_is_found_by_the_last_digits(event: Event) -> None:
    others = make_event(person_number="447700551234")
    found = matches_of("551234")
    assert [each.event for each in found] == [others, event]
    assert [each.masked for each in found] == [f"{'•' * 9}234", f"{'•' * 8}234"]
    assert [each.event for each in matches_of("5551234")] == [event]
    assert matches_of("+551234") == []
    assert matches_of("51234") == []


def test_a_delivery_is_found_by_the_end_that_is_printed(event: Event) -> None:
    end = event.delivery_id.hex[-8:]
    for words in (end, end.upper(), f"Delivery {end}", f"#{end.upper()}"):
        assert [each.delivery for each in matches_of(words)] == [event.delivery_id]
    assert matches_of(end[1:] + "z") == []


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("Enq-7", "Enquiry"),
        ("NORTHFLEET", "Lease company"),
        ("WAMID.a", "Message"),
        ("wamid.QUOTED", "Message that others refer to"),
        (samples.DRIVER_USER_ID.lower(), "Driver's user id"),
    ],
)
def test_a_name_is_found_in_another_case(event: Event, words: str, title: str) -> None:
    found = find(words, lease_numbers=())
    assert [(each.title, each.event) for each in found.matches] == [(title, event)]
    assert found.only is not None


def test_the_case_counts_where_both_are_there(few: None, event: Event) -> None:
    """What is named as it was typed is meant, and of what is older nobody can tell."""
    small = make_event(enquiry_id="enq-7", message_id="wamid.2")
    assert [each.event for each in matches_of("ENQ-7")] == [event]
    assert [each.event for each in matches_of("enq-7")] == [small]
    assert [each.event for each in matches_of("Enq-7")] == [small, event]
    make_event(message_id="wamid.3")
    found = find("Enq-7", lease_numbers=())
    assert ([each.event for each in found.matches], found.only) == ([small], None)


def test_a_message_is_found_by_its_fingerprint(db: None) -> None:
    own = make_event(message_id="wamid.A")
    liked = make_event(message_id="wamid.B", target_id="wamid.C")
    for message_id, title, event in (
        ("wamid.A", "Message", own),
        ("wamid.C", "Message that others refer to", liked),
    ):
        printed = MASKED.message_id(message_id)
        for words in (printed, printed.lower(), printed[1:]):
            assert [(each.title, each.event) for each in matches_of(words)] == [(title, event)]
    assert matches_of("#000000") == []


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only two rows are looked through."""
    monkeypatch.setattr(newest, "LOOKED_THROUGH", 2)


def test_what_is_older_is_not_looked_through_and_said_so(few: None, event: Event) -> None:
    """What is found by a part may not be the only one, and what is not found may be there."""
    since = NOON + timedelta(minutes=1)
    for minute in (1, 2):
        make_event(
            make_delivery(received_at=NOON + minute * timedelta(minutes=1)),
            person_number=f"44770090000{minute}",
            message_id=f"wamid.{minute}",
        )
    for words in ("551234", event.delivery_id.hex[-8:], MASKED.message_id("wamid.A")):
        found = find(words, lease_numbers=())
        assert (found.matches, found.older) == ([], True)
        assert {look.since for look in found.looks} == {since}
    part = find("900001", lease_numbers=())
    assert [each.certain for each in part.matches] == [False]
    assert part.only is None
    whole = find(samples.DRIVER_NUMBER, lease_numbers=())
    assert [each.event for each in whole.matches] == [event]
    assert whole.only is not None


def test_an_event_is_not_surely_meant_by_digits_that_older_numbers_may_end_in(
    few: None, event: Event
) -> None:
    numbered = [make_event(pk=pk) for pk in (900102, 900103, 900104)]
    assert find("900102", lease_numbers=()).only is None
    for words in ("Text 900102", f"/admin/chat/{900102}/"):
        only = find(words, lease_numbers=()).only
        assert only is not None
        assert only.event == numbered[0]


def test_of_many_that_end_alike_some_are_offered(event: Event) -> None:
    for country in range(OFFERED_AT_MOST):
        make_event(person_number=f"{400 + country}6505551234")
    found = find("05551234", lease_numbers=())
    assert (len(found.matches), found.cut_off) == (OFFERED_AT_MOST, True)


def test_a_search_takes_so_many_queries(event: Event) -> None:
    """Whatever is typed: a few for each country, and two for each part of a name."""
    with CaptureQueriesContext(connection) as queries:
        find("01234567", lease_numbers=(samples.LEASE_NUMBER, "447700900001", "441632960001"))
    assert len(queries) <= AT_MOST
