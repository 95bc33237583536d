"""The page of an event: what it says of Meta's errors, and what a message was."""

import pytest

from sandbox import samples
from tests.eventlog.admin.staff import on_call, support
from tests.pages import words_of
from tests.rows import NOON, make_event
from webhooks import receiving
from webhooks.models import Delivery, Event
from webhooks.outcomes import Reason, State
from webhooks.whatsapp.items import Kind

pytestmark = pytest.mark.django_db


def page_of(*, state: State | None = None, reason: Reason = Reason.APPLIED, **items: object) -> str:
    """The page of the one event of a delivery, after it was settled so."""
    body = samples.encode(samples.envelope(samples.entry(samples.change(**items))))  # type: ignore[arg-type]
    receiving.receive(body=body, headers={}, source=Delivery.Source.META, now=NOON)
    event = Event.objects.earliest("position")
    if state is not None:
        Event.objects.update(state=state, reason=reason)
    html = support().get(f"/admin/webhooks/event/{event.pk}/change/").content.decode()
    return " ".join(html.split())


def failed(**error: object) -> str:
    """The page of a status that says so, which was applied."""
    status = samples.status(word="failed", errors=[error])
    return page_of(statuses=[status], state=State.PROCESSED)


def test_a_failed_message_says_why_and_what_to_do() -> None:
    html = failed(code=131049, title="Not delivered to +447700900102")
    assert "<strong>Error 131049</strong> Held back as too much marketing" in html
    assert "Meta chose not to deliver it" in html
    assert html.count("Wait at least 24 hours before sending the template again.") == 1
    assert "Not delivered to +••••" in html
    assert "900102" not in html


@pytest.mark.parametrize("code", [424242, "424242"])
def test_an_unknown_code_says_that_it_is_unknown(code: object) -> None:
    html = failed(code=code, title="New")
    assert "<strong>Error <bdi>424242</bdi></strong> Unknown code" in html
    assert "not in our list of Meta’s error codes" in html


def test_an_error_without_a_code_is_shown_in_metas_words() -> None:
    html = failed(title="Something")
    assert "<strong>Error <bdi>without a code</bdi></strong></p>" in html
    assert "Meta’s own words: <bdi>Something</bdi>" in html
    assert "What Meta says of the cause stands below" in html


def test_what_an_event_is_that_is_not_processed_shows_its_errors_too() -> None:
    html = page_of(messages=[samples.unsupported()])
    assert "The driver sent a poll; the customer does not see it." in html
    assert "(its own type is poll_creation)" in html
    assert "<strong>Error 131051</strong> Type not supported" in html
    assert "Meta’s own words: <bdi>Message type unknown</bdi>" in html


def test_an_error_notice_says_what_to_do() -> None:
    html = page_of(errors=[{"code": 131042, "title": "Payment"}])
    assert html.count("Put the billing right") == 1


def test_what_to_do_about_an_error_is_said_where_the_event_needs_something_else() -> None:
    status = samples.status(word="failed", errors=[samples.FAILURE])
    html = page_of(statuses=[status], state=State.PROCESSED, reason=Reason.FAILED_AFTER_DELIVERY)
    assert "Nothing has to be done." in html
    assert "<strong>What to do.</strong> Wait at least 24 hours" in html


def test_a_photo_says_what_it_was_and_its_caption_once_it_is_revealed() -> None:
    photo = dict(samples.image()) | {
        "image": {"mime_type": "image/jpeg", "caption": "The dent of Ada", "id": "1003383421387256"}
    }
    html = page_of(messages=[photo, samples.text(body="Of somebody else")])
    assert '<dt>What</dt><dd dir="auto"><bdi>Photo</bdi></dd>' in html
    assert '<dt>Format</dt><dd dir="auto"><bdi>image/jpeg</bdi></dd>' in html
    assert '<dt>Size</dt><dd dir="auto"><bdi>not told' in html
    assert ("••••••••••••" in html, "The dent of Ada" in html) == (True, False)
    staff, event = on_call(), Event.objects.get(kind=Kind.MESSAGE)
    staff.post(f"/admin/reveal/event/{event.pk}/")
    shown = staff.get(f"/admin/webhooks/event/{event.pk}/change/").content.decode()
    # In words, in the tree and among the bytes, which are those of the item alone.
    assert (shown.count("The dent of Ada"), "Of somebody else" in shown) == (3, False)


def test_an_event_shows_its_own_json_and_what_is_left_of_it() -> None:
    assert "As Meta sent it, masked" in page_of(messages=[samples.image()])
    event = Event.objects.get()
    address = f"/admin/webhooks/event/{event.pk}/change/"
    Delivery.objects.update(body=b'{"entry": [')
    assert "Nobody can tell for sure where" in support().get(address).content.decode()
    Delivery.objects.update(body=None)
    assert "Its bytes are not kept any more" in support().get(address).content.decode()
    Delivery.objects.update(emptied_at=NOON)
    assert "Its bytes were taken" in support().get(address).content.decode()


def test_of_an_erased_person_nothing_is_read_again() -> None:
    page_of(messages=[samples.image()])
    Event.objects.update(erased_at=NOON)
    html = on_call().get(f"/admin/webhooks/event/{Event.objects.get().pk}/change/").content.decode()
    assert ("As Meta sent it" in html, "<dt>Format</dt>" in html) == (False, False)
    assert "Reveal for 5 minutes" not in html  # there is nothing to reveal


def names_on(event: Event, *, revealed: bool) -> str:
    """What the page of an event says of its driver."""
    staff = on_call()
    if revealed:
        staff.post(f"/admin/reveal/event/{event.pk}/")
    html = staff.get(f"/admin/webhooks/event/{event.pk}/change/").content.decode()
    facts = html.partition("<dt>Driver</dt>")[2].partition("<dt>Lease number</dt>")[0]
    return " ".join(words_of(facts.replace("</dt>", "</dt> ")).split())


def test_whoever_is_named_by_a_number_alone_is_known_by_the_user_id_beside_it() -> None:
    make_event(person_number="447700900123", person_user_id="GB.1300000000001")
    event = make_event(person_number="447700900123", person_user_id="")
    assert names_on(event, revealed=False) == (
        "•••••••••123 Also known as GB.•••••001 as Meta has named it beside, in other events "
        "By any of these names All events of this driver"
    )
    assert "Also known as GB.1300000000001 as" in names_on(event, revealed=True)
    html = on_call().get(f"/admin/webhooks/event/{event.pk}/change/").content.decode()
    assert f'href="/admin/webhooks/event/?driver_of={event.pk}"' in html


def test_whoever_withholds_the_number_is_known_by_it_once_however_it_is_spelled() -> None:
    for number in ("5541999990001", "554199990001"):
        make_event(person_number=number, person_user_id="BR.1300000000001")
    event = make_event(person_number="", person_user_id="BR.1300000000001")
    assert names_on(event, revealed=True).count("0001 as Meta has named it") == 1
    assert names_on(event, revealed=True).count("99990001") == 1


def test_whoever_has_no_other_name_is_known_by_none() -> None:
    event = make_event(person_number="447700900123", person_user_id="GB.1300000000001")
    assert names_on(event, revealed=True) == "447700900123 GB.1300000000001"
    nobody = make_event(kind=Kind.CONTAINER, person_number="", person_user_id="")
    assert names_on(nobody, revealed=True) == ""
