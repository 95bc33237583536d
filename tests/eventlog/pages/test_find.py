"""The search box, and what of a search ends in an address."""

import pytest

from eventlog.models import LeaseNumber
from eventlog.questions import newest
from eventlog.questions.masking import MASKED
from sandbox import samples
from tests.eventlog.admin.staff import support
from tests.rows import NOON, make_event


def test_a_number_leads_to_the_list_of_its_driver(db: None) -> None:
    event = make_event()
    answer = support().post("/admin/find/", {"words": "+1 650 555 1234"})
    assert answer.headers["Location"] == f"/admin/webhooks/event/?driver_of={event.pk}"


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("wamid.A", "/admin/webhooks/event/{event.pk}/change/"),
        ("ENQ-7", "/admin/webhooks/event/?enquiry_of={event.pk}"),
        ("northfleet", "/admin/webhooks/event/?company_of={event.pk}"),
        ("15550783881", "/admin/webhooks/event/?lease_number_of={event.pk}"),
        ("{event.delivery_id}", "/admin/webhooks/delivery/{event.delivery_id}/change/"),
        ("{event.pk}", "/admin/webhooks/event/{event.pk}/change/"),
    ],
)
def test_each_thing_has_its_page(db: None, words: str, address: str) -> None:
    event = make_event(message_id="wamid.A", enquiry_id="ENQ-7", lease_id="northfleet")
    answer = support().post("/admin/find/", {"words": words.format(event=event)})
    assert answer.headers["Location"] == address.format(event=event)


def test_several_things_are_offered(db: None) -> None:
    event = make_event(enquiry_id=samples.DRIVER_NUMBER, lease_id="northfleet")
    page = support().post("/admin/find/", {"words": samples.DRIVER_NUMBER})
    assert [url for _, url in page.context["choices"]] == [
        f"/admin/webhooks/event/?driver_of={event.pk}",
        f"/admin/webhooks/event/?enquiry_of={event.pk}",
    ]


def test_what_is_not_there_is_not_repeated(db: None) -> None:
    page = support().post("/admin/find/", {"words": "447700900999"})
    assert "Nothing in the log has this name" in page.content.decode()
    assert "or the address of its page" in page.content.decode()
    assert "447700900999" not in page.content.decode()


def test_a_number_as_dialled_at_home_leads_to_its_driver(db: None) -> None:
    """At home is where a lease number is that the log knows."""
    driver = make_event(person_number="447700900102")
    LeaseNumber.objects.create(
        number="447700900001", first_event_at=NOON, last_event_at=NOON, last_event=driver.pk
    )
    answer = support().post("/admin/find/", {"words": "07700 900102"})
    assert answer.headers["Location"] == f"/admin/webhooks/event/?driver_of={driver.pk}"


def test_those_who_end_alike_are_offered_masked(db: None) -> None:
    make_event(person_number="447700900102")
    make_event(person_number="15550900102")
    words = support().post("/admin/find/", {"words": "900102"}).content.decode()
    assert f"{'•' * 9}102</bdi>" in words
    assert f"{'•' * 8}102</bdi>" in words
    assert "900102" not in words
    assert "in the drivers’ numbers of all events, and the message ids of all events." in words


def test_it_says_how_far_back_it_has_looked(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newest, "LOOKED_THROUGH", 2)
    for number in ("447700900100", "447700900101", "447700900102"):
        make_event(person_number=number)
    page = support().post("/admin/find/", {"words": "900100"}).content.decode()
    assert "drivers’ numbers of the newest 2 events (back to <time" in page
    assert "What is older is found by its whole name." in page
    assert "Nothing was found" in page
    assert "Nothing in the log" not in page
    one = support().post("/admin/find/", {"words": "900102"})
    assert "This may be what you mean" in one.content.decode()


@pytest.mark.parametrize("form", ["{}", "{} ", "delivery {}"])
def test_what_is_printed_of_a_delivery_leads_to_it(db: None, form: str) -> None:
    event = make_event()
    words = form.format(event.delivery_id.hex[-8:]).upper()
    answer = support().post("/admin/find/", {"words": words})
    assert answer.headers["Location"] == f"/admin/webhooks/delivery/{event.delivery_id}/change/"


def test_a_fingerprint_leads_to_its_message(db: None) -> None:
    event = make_event()
    answer = support().post("/admin/find/", {"words": MASKED.message_id(event.message_id)})
    assert answer.headers["Location"] == f"/admin/webhooks/event/{event.pk}/change/"


def test_a_search_is_posted(db: None) -> None:
    make_event(person_number="447700900999")
    answer = support().get("/admin/find/?words=447700900999")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")
    assert support().post("/admin/find/").status_code == 200
