"""The pages of erasures: who may, what is shown first, and that a click counts once."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from eventlog.models import ErasedDelivery, Erasure
from sandbox.emulators import Emulators
from sandbox.samples import DRIVER_NUMBER, DRIVER_USER_ID, TEXT_ID, text
from tests.eventlog.erasing.people import left
from tests.platform import Platform
from webhooks.models import Event

NEW = "/admin/erasures/new/"


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> str:
    """Our stand-in alone: nothing here asks Firestore for anything new."""
    return stand_ins.firestore_host


@pytest.fixture
def event(platform: Platform) -> Event:
    """A text of the driver that was applied a while ago."""
    platform.now = datetime.now(UTC) - timedelta(minutes=30)
    platform.track("their-enquiry")
    platform.deliver(text())
    return Event.objects.get()


@pytest.fixture
def officer(client: Client, db: None) -> Client:
    """Somebody of the group Support who may erase people, too."""
    user = User.objects.create_user("officer", is_staff=True)
    user.groups.add(Group.objects.get(name="Support"))
    user.user_permissions.add(Permission.objects.get(codename="erase_person"))
    client.force_login(user)
    return client


def page(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_person_is_previewed_confirmed_and_gone(officer: Client, event: Event) -> None:
    shown = page(officer, f"{NEW}?event={event.pk}")
    assert not any(word in shown for word in (DRIVER_NUMBER, DRIVER_USER_ID, TEXT_ID))
    assert "leasecompany/lease-1/enquiries/their-enquiry" in shown
    assert "ViSN’s to erase" in shown
    [erasure] = re.findall(r'name="erasure" value="([^"]+)"', shown)
    assert left(DRIVER_NUMBER)

    listed = officer.post(NEW, {"event": event.pk, "documents": "1"})
    assert listed.content.decode().startswith("leasecompany/lease-1/enquiries/their-enquiry/whats")
    assert "attachment" in listed["Content-Disposition"]
    for _ in range(2):
        # The second click finds the event blank, and leads to what the first has begun.
        answer = officer.post(NEW, {"event": event.pk, "erasure": erasure})
        assert (answer.status_code, answer["Location"]) == (303, f"/admin/erasures/{erasure}/")
    assert left(DRIVER_NUMBER, DRIVER_USER_ID, TEXT_ID) == []
    assert "Finished" in page(officer, f"/admin/erasures/{erasure}/")
    assert "download the tombstones" in page(officer, f"/admin/erasures/{erasure}/")
    assert Erasure.objects.get().asked_by_name == "officer"
    assert list(LogEntry.objects.order_by("pk").values_list("change_message", flat=True)) == [
        "Downloaded the list of the documents of the event's person, to erase them.",
        f"Erased the person of event {event.pk}.",
    ]
    shown = page(officer, f"/admin/webhooks/event/{event.pk}/change/")
    assert "The person was erased" in shown
    assert "Erase the person" not in shown
    assert "Replay…" not in shown
    assert page(officer, f"/admin/webhooks/delivery/{event.delivery_id}/change/")
    assert page(officer, "/admin/webhooks/event/")


def test_the_tombstones_are_downloaded(officer: Client, event: Event) -> None:
    assert "Nobody was erased yet" in page(officer, "/admin/erasures/")
    officer.post(NEW, {"event": event.pk, "erasure": uuid4()})
    assert "not downloaded" in page(officer, "/admin/erasures/")
    answer = officer.post("/admin/erasures/")
    assert str(ErasedDelivery.objects.get().delivery) in answer.content.decode()
    assert "not downloaded" not in page(officer, "/admin/erasures/")


def test_the_list_leads_to_one_person(officer: Client, event: Event) -> None:
    chosen = {"action": "erase_selected", "_selected_action": [event.pk]}
    answer = officer.post("/admin/webhooks/event/", chosen)
    assert answer.headers["Location"] == f"{NEW}?event={event.pk}"
    officer.post(NEW, {"event": event.pk, "erasure": uuid4()})
    answer = officer.post("/admin/webhooks/event/", chosen)
    assert answer.headers["Location"] == "/admin/webhooks/event/"


@pytest.mark.parametrize("group", ["Support", "On-call"])
def test_nobody_may_by_their_group_alone(client: Client, event: Event, group: str) -> None:
    user = User.objects.create_user("x", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    assert client.get("/admin/erasures/").status_code == 403
    assert client.get(f"{NEW}?event={event.pk}").status_code == 403
    answer = client.post(NEW, {"event": event.pk, "erasure": uuid4()})
    assert (answer.status_code, Erasure.objects.count()) == (403, 0)
    begun = Erasure.objects.create(
        asked_at=event.received_at, names={"people": [[DRIVER_NUMBER, ""]]}
    )
    for ask in (client.get, client.post):
        assert ask(f"/admin/erasures/{begun.pk}/").status_code == 403
    assert client.post("/admin/erasures/").status_code == 403
    assert left(DRIVER_NUMBER)
    assert "Erase the person" not in page(client, f"/admin/webhooks/event/{event.pk}/change/")
    assert "Erasures" not in page(client, "/admin/")


def test_what_nobody_is_named_in_erases_nobody(officer: Client, event: Event) -> None:
    Event.objects.update(person_number="", person_user_id="")
    for asked in ("", f"?event={event.pk}", "?event=x", "?event=99999999"):
        assert officer.get(f"{NEW}{asked}").status_code == 404
