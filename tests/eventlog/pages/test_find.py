"""The search box, and what of a search ends in an address."""

import pytest

from sandbox import samples
from tests.eventlog.admin.staff import support
from tests.rows import make_event


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
    assert [url for _, url in page.context["found"]] == [
        f"/admin/webhooks/event/?driver_of={event.pk}",
        f"/admin/webhooks/event/?enquiry_of={event.pk}",
    ]


def test_what_is_not_there_is_not_repeated(db: None) -> None:
    page = support().post("/admin/find/", {"words": "447700900999"})
    assert "Nothing in the log has this name" in page.content.decode()
    assert "or the address of its page" in page.content.decode()
    assert "447700900999" not in page.content.decode()


def test_a_search_is_posted(db: None) -> None:
    make_event(person_number="447700900999")
    answer = support().get("/admin/find/?words=447700900999")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")
    assert support().post("/admin/find/").status_code == 200
