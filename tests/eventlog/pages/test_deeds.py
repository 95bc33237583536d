"""Who saw what: every reveal, download, export, replay and erasure, on one page."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from eventlog.models import Erasure, Preferences
from eventlog.questions.deeds import Deed, Wanted, deed_of, deeds, monday
from sandbox.samples import DRIVER_NUMBER
from tests.rows import make_delivery, make_event
from webhooks.models import Event

PAGE = "/admin/who-saw-what/"
SEEN = "Revealed number, ids and text of the event and its message."
EXPORTED = "Exported events as CSV, masked: every event."


@pytest.fixture
def event(db: None) -> Event:
    return make_event(make_delivery(received_at=datetime.now(UTC) - timedelta(hours=1)))


def somebody(name: str, *permissions: str) -> Client:
    client, user = Client(), User.objects.create_user(name, is_staff=True)
    user.groups.add(Group.objects.get(name="On-call"))
    user.user_permissions.add(*Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    return client


def told(client: Client, query: str = "") -> str:
    answer = client.get(f"{PAGE}{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def shown(client: Client, query: str = "") -> Sequence[str]:
    answer = client.get(f"{PAGE}{query}")
    assert answer.context_data
    return [row["entry"].change_message for row in answer.context_data["rows"]]


def test_everything_that_was_seen_or_taken_is_there(event: Event) -> None:
    ada, grace = somebody("ada", "erase_person"), somebody("grace", "view_logentry")
    assert "Nobody has revealed" in told(grace)
    ada.post(f"/admin/reveal/event/{event.pk}/")
    ada.post(f"/admin/reveal/delivery/{event.delivery_id}/")
    assert ada.get(f"/admin/webhooks/delivery/{event.delivery_id}/raw/").status_code == 200
    export = ada.get("/admin/export/events.csv")
    assert DRIVER_NUMBER not in b"".join(export).decode()
    ada.post("/admin/erasures/new/", {"event": event.pk, "documents": "1"})
    ada.post("/admin/erasures/new/", {"event": event.pk, "erasure": uuid4()})
    assert shown(grace) == [
        f"Erased the person of event {event.pk}.",
        "Downloaded the list of the documents of the event's person, to erase them.",
        EXPORTED,
        "Downloaded the raw bytes.",
        "Revealed the raw bytes and all numbers and ids in them.",
        SEEN,
    ]
    assert DRIVER_NUMBER not in told(grace)
    user = User.objects.get(username="ada").pk
    assert len(shown(grace, f"?user={user}")) == 6
    assert shown(grace, f"?user={user + 1}") == []
    assert shown(grace, "?deed=exported") == [EXPORTED]
    model = ContentType.objects.get_for_model(Event).pk
    assert len(shown(grace, f"?what={model}&row={event.pk}")) == 2
    assert shown(grace, f"?what={model}&row=0") == []


def test_weeks_and_pages(event: Event) -> None:
    grace = somebody("grace", "view_logentry")
    user = User.objects.get(username="grace")
    now = datetime.now(UTC)
    LogEntry.objects.bulk_create(
        LogEntry(user=user, action_flag=2, change_message=f"Revealed {n}", action_time=now)
        for n in range(101)
    )
    LogEntry.objects.create(
        user=user, action_flag=2, change_message="Replay of 1", action_time=now - timedelta(days=7)
    )
    assert len(shown(grace)) == 100
    assert shown(grace, "?page=2") == ["Revealed 0", "Replay of 1"]
    assert "page=2" in told(grace, "?deed=revealed")
    week = monday(now - timedelta(days=7))
    assert shown(grace, f"?week={week}") == ["Replay of 1"]
    for odd in ("week=9999-12-31", "week=x", "user=x", "deed=x", "page=0", "what=99999"):
        assert grace.get(f"{PAGE}?{odd}").status_code == 200


def test_what_is_none_of_these_is_left_out(event: Event) -> None:
    user = User.objects.create_user("x")
    for words in ("Undone by hand", "Closed", "Repair of 2 events: x"):
        LogEntry.objects.create(user=user, action_flag=2, change_message=words)
    [found] = deeds(Wanted())
    assert deed_of(found) is Deed.REPLAYED


def test_erasures_by_a_command_are_told_of(event: Event) -> None:
    Erasure.objects.create(asked_at=datetime.now(UTC), asked_by_name="ada")
    assert "Erasures from a command line" in told(somebody("grace", "view_logentry"))


def test_who_is_known_by_a_command_alone_can_be_chosen(event: Event) -> None:
    grace = somebody("grace", "view_logentry")
    ada = User.objects.create_user("ada", is_active=False)
    other = User.objects.create_user("bob", is_active=False)
    LogEntry.objects.create(user=ada, action_flag=2, change_message=EXPORTED)
    page = told(grace)
    assert f'<option value="{ada.pk}">ada</option>' in page
    assert f'<option value="{other.pk}">' not in page
    assert f'<option value="{ada.pk}" selected>' in told(grace, f"?user={ada.pk}")


def test_it_is_a_right_of_its_own(event: Event) -> None:
    assert somebody("ada").get(PAGE).status_code == 403


def test_a_week_begins_with_the_monday_of_a_zone(event: Event) -> None:
    grace = somebody("grace", "view_logentry")
    user = User.objects.get(username="grace")
    auckland = ZoneInfo("Pacific/Auckland")
    week = monday(datetime.now(UTC) - timedelta(days=14), auckland)
    begins = datetime.combine(week, time(), auckland)
    for words, at in (("Revealed 1", begins - timedelta(seconds=1)), ("Revealed 2", begins)):
        LogEntry.objects.create(user=user, action_flag=2, change_message=words, action_time=at)
    assert shown(grace, f"?zone=Pacific/Auckland&week={week}") == ["Revealed 2"]
    assert set(shown(grace, f"?week={week}")) < {"Revealed 1", "Revealed 2"}  # Monday of UTC
    Preferences.objects.create(user=user, time_zone="Pacific/Auckland")
    assert 'name="zone" value="Pacific/Auckland"' in told(grace)


def test_what_can_be_chosen_has_the_names_of_the_pages(event: Event) -> None:
    ada = somebody("ada", "view_logentry")
    ada.post(f"/admin/reveal/event/{event.pk}/")
    for model in ("replayjob", "erasure"):
        LogEntry.objects.create(
            user=User.objects.get(username="ada"),
            content_type=ContentType.objects.get(model=model),
            action_flag=1,
            change_message="Replay of 1 event.",
        )
    page = ada.get(PAGE)
    assert page.context_data
    assert [word for _, word in page.context_data["models"]] == ["erasure", "event", "replay"]


def test_the_front_page_says_what_one_did_oneself(event: Event) -> None:
    ada, grace = somebody("ada"), somebody("grace")
    assert "Nothing so far that the history keeps." in ada.get("/admin/").content.decode()
    ada.post(f"/admin/reveal/event/{event.pk}/")
    page = ada.get("/admin/").content.decode()
    assert f"Text {event.pk}</a></bdi>: <bdi>{SEEN}</bdi>" in page
    assert SEEN not in grace.get("/admin/").content.decode()
