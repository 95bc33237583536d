"""Personal data: masked everywhere, revealed on request, and the request is remembered."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from eventlog.pages.reveal import REVEALED_FOR, SESSION_KEY
from sandbox import samples
from tests.eventlog.admin.staff import PART, member_of, on_call, signed_in, support
from tests.rows import NOON
from webhooks import receiving
from webhooks.models import Delivery, Event

BODY = "Does it come in another color?"
PERSONAL = (
    samples.DRIVER_NUMBER,
    samples.DRIVER_USER_ID,
    samples.DRIVER_NAME,
    samples.TEXT_ID,
    samples.OUTBOUND_ID,
    BODY,
)


@pytest.fixture
def event(db: None) -> Event:
    """The driver's reply to a message, as it comes in."""
    change = samples.change(
        messages=[samples.text(reply_to=samples.OUTBOUND_ID)], contacts=[samples.contact()]
    )
    body = samples.encode(samples.envelope(samples.entry(change)))
    receiving.receive(body=body, headers={}, source=Delivery.Source.META, now=NOON)
    return Event.objects.get()


def pages(event: Event) -> list[str]:
    """Every page that tells of an event."""
    return [
        "/admin/",
        "/admin/webhooks/event/",
        f"/admin/webhooks/event/?driver_of={event.pk}&message_of={event.pk}",
        f"/admin/webhooks/event/{event.pk}/change/",
        f"/admin/webhooks/event/{event.pk}/history/",
        "/admin/webhooks/delivery/",
        f"/admin/webhooks/delivery/{event.delivery_id}/change/",
        f"/admin/webhooks/delivery/{event.delivery_id}/history/",
        "/admin/waiting/",
        "/admin/never-arrived/",
        "/admin/waiting/rows/",
    ]


def personal_in(client: Client, path: str) -> list[str]:
    """The personal data in the source of a page."""
    page = client.get(path, headers=PART)
    assert page.status_code == 200
    return [value for value in PERSONAL if value in page.content.decode()]


def reveal(client: Client, subject: str, row: object, **more: str) -> int:
    return client.post(f"/admin/reveal/{subject}/{row}/", more).status_code


def test_every_page_is_masked_for_everybody(event: Event) -> None:
    for staff in (support(), on_call()):
        found = {path: personal_in(staff, path) for path in pages(event)}
        assert {path: values for path, values in found.items() if values} == {}


def test_an_event_is_revealed_by_itself(event: Event) -> None:
    staff = on_call()
    assert reveal(staff, "event", event.pk) == 303
    found = {path: personal_in(staff, path) for path in pages(event)}
    shown = {path: values for path, values in found.items() if values}
    assert shown == {f"/admin/webhooks/event/{event.pk}/change/": list(PERSONAL)}


def test_a_delivery_is_revealed_with_its_bytes(event: Event) -> None:
    staff = on_call()
    raw = f"/admin/webhooks/delivery/{event.delivery_id}/raw/"
    assert reveal(staff, "delivery", event.delivery_id) == 303
    download = staff.get(raw)
    assert download.content == bytes(Delivery.objects.get().body or b"")
    assert download.headers["Content-Type"] == "application/octet-stream"
    assert download.headers["Content-Disposition"].startswith("attachment")
    page = staff.get(f"/admin/webhooks/delivery/{event.delivery_id}/change/")
    assert [value for value in PERSONAL if value not in page.content.decode()] == []


def test_a_repeat_gives_the_bytes_of_the_first(event: Event) -> None:
    body = bytes(Delivery.objects.get().body or b"")
    receiving.receive(body=body, headers={}, source=Delivery.Source.META, now=NOON)
    repeat = Delivery.objects.get(repeat_of__isnull=False)
    staff = on_call()
    reveal(staff, "delivery", repeat.pk)
    assert staff.get(f"/admin/webhooks/delivery/{repeat.pk}/raw/").content == body


def test_who_revealed_what_is_in_the_history_of_the_row(event: Event) -> None:
    reveal(on_call(), "event", event.pk)
    [entry] = LogEntry.objects.all()
    assert (entry.user.get_username(), entry.object_id) == ("On-call", str(event.pk))
    assert entry.change_message == "Revealed number, ids and text of the event and its message."
    history = support().get(f"/admin/webhooks/event/{event.pk}/history/").content.decode()
    assert "Revealed number" in history


def test_the_history_has_the_newest_first_and_calls_the_row_as_its_page_does(event: Event) -> None:
    staff = on_call()
    reveal(staff, "event", event.pk)
    LogEntry.objects.update(action_time=NOON)
    reveal(staff, "chat", event.pk)
    page = staff.get(f"/admin/webhooks/event/{event.pk}/history/").content.decode()
    assert re.findall(r"<td>Revealed (?:the )?(\w+)", page) == ["chat", "number"]
    assert f"<h1>Who revealed this: <bdi>Text {event.pk}</bdi></h1>" in page
    assert set(LogEntry.objects.values_list("object_repr", flat=True)) == {f"Text {event.pk}"}


@pytest.mark.parametrize("subject", ["event", "chat", "delivery"])
def test_without_the_permission_nothing_is_revealed(event: Event, subject: str) -> None:
    staff = support()
    row = event.delivery_id if subject == "delivery" else event.pk
    assert reveal(staff, subject, row) == 403
    assert LogEntry.objects.count() == 0
    assert {path: personal_in(staff, path) for path in pages(event)} == {
        path: [] for path in pages(event)
    }
    assert staff.get(f"/admin/webhooks/delivery/{event.delivery_id}/raw/").status_code == 403


def test_a_permission_that_was_taken_away_reveals_nothing_more(event: Event) -> None:
    user = member_of("On-call")
    staff = signed_in(user)
    reveal(staff, "event", event.pk)
    user.groups.get().permissions.remove(Permission.objects.get(codename="reveal_personal_data"))
    assert personal_in(staff, f"/admin/webhooks/event/{event.pk}/change/") == []


def test_it_is_hidden_again_after_a_while(event: Event) -> None:
    staff = on_call()
    reveal(staff, "event", event.pk)
    session = staff.session
    assert len(session[SESSION_KEY]) == 1
    session[SESSION_KEY] = {
        key: ends - REVEALED_FOR.total_seconds() for key, ends in session[SESSION_KEY].items()
    }
    session.save()
    assert personal_in(staff, f"/admin/webhooks/event/{event.pk}/change/") == []
    assert timedelta(minutes=1) < REVEALED_FOR <= timedelta(minutes=10)


def test_bytes_that_are_masked_again_are_not_refused_but_offered(event: Event) -> None:
    answer = on_call().get(f"/admin/webhooks/delivery/{event.delivery_id}/raw/", follow=True)
    address = f"/admin/webhooks/delivery/{event.delivery_id}/change/"
    assert answer.redirect_chain == [(address, 302)]
    assert "The bytes are masked again. Reveal them" in answer.content.decode()
    assert [value for value in PERSONAL if value in answer.content.decode()] == []


def test_the_page_is_told_how_long_is_left_and_no_time_of_day(event: Event) -> None:
    staff = on_call()
    reveal(staff, "event", event.pk)
    page = staff.get(f"/admin/webhooks/event/{event.pk}/change/").content.decode()
    [left] = re.findall(r'data-expires-in="([0-9]+)"', page)
    assert REVEALED_FOR.total_seconds() - 60 < int(left) <= REVEALED_FOR.total_seconds()


def test_it_can_be_hidden_at_once(event: Event) -> None:
    staff = on_call()
    reveal(staff, "event", event.pk)
    reveal(staff, "event", event.pk, hide="1")
    assert personal_in(staff, f"/admin/webhooks/event/{event.pk}/change/") == []
    assert LogEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("subject", "row"),
    [("event", "999"), ("event", "x"), ("delivery", "1"), ("secret", "1"), ("event", "9" * 30)],
)
def test_only_what_is_there_can_be_revealed(event: Event, subject: str, row: str) -> None:
    assert reveal(on_call(), subject, row) == 404
    assert LogEntry.objects.count() == 0


def test_a_link_reveals_nothing(event: Event) -> None:
    staff = on_call()
    answer = staff.get(f"/admin/reveal/event/{event.pk}/", follow=True)
    assert answer.redirect_chain == [(f"/admin/webhooks/event/{event.pk}/change/", 303)]
    assert [value for value in PERSONAL if value in answer.content.decode()] == []
    assert LogEntry.objects.count() == 0


def test_a_form_of_another_site_reveals_nothing(event: Event) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(member_of("On-call"))
    assert reveal(strict, "event", event.pk) == 403
    assert LogEntry.objects.count() == 0


def test_pages_are_kept_by_no_cache(event: Event) -> None:
    answer = on_call().get(f"/admin/webhooks/event/{event.pk}/change/")
    assert "no-store" in answer.headers["Cache-Control"]
