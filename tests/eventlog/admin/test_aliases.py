"""Aliases in the event log: shown masked, and undone by who may, with a trace."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from eventlog.retention import prune
from sandbox import samples
from sandbox.emulators import Emulators
from sandbox.samples import system, text
from tests.eventlog.admin.staff import on_call, support
from tests.platform import START, Platform
from webhooks.alias import Alias
from webhooks.models import Event

OLD, NEW = samples.DRIVER_NUMBER, "16505555678"
TOLD = system(wa_id=NEW, timestamp=int(START.timestamp()))
LIST = "/admin/webhooks/alias/"
NO_TRACKING = ("skipped", "no_active_tracking")


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> str:
    """Our stand-in alone: the log is in front of Firestore."""
    return stand_ins.firestore_host


@pytest.fixture
def alias(platform: Platform) -> Alias:
    """What became of one number."""
    platform.track("e1")
    platform.deliver(TOLD, contacts=[])
    return Alias.objects.get()


@pytest.fixture
def event(platform: Platform, alias: Alias) -> Event:
    """A text under the new number."""
    platform.deliver(text(number=NEW, user_id=""), contacts=[])
    return Event.objects.get(kind="text")


def page(client: Client, path: str) -> str:
    """What somebody sees."""
    return " ".join(client.get(path).content.decode().split())


def undo(client: Client, alias: Alias, event: Event) -> int:
    """Presses the button on the event's page; returns the status of the answer."""
    address = reverse("admin:undo_alias", args=[alias.pk])
    return client.post(address, {"event": str(event.pk)}).status_code


@pytest.mark.parametrize("path", ["/admin/webhooks/event/{}/change/", LIST + "?"])
def test_numbers_are_masked(event: Event, path: str) -> None:
    shown = page(support(), path.format(event.pk))
    assert "•••234" in shown
    assert OLD not in shown
    assert NEW not in shown


def test_the_page_of_an_event_tells_the_name_before(event: Event) -> None:
    shown = page(support(), f"/admin/webhooks/event/{event.pk}/change/")
    assert "Wrote as</dt>" in shown
    assert "Undo<" not in shown
    reader = on_call()
    reader.post(reverse("admin:reveal", args=["event", event.pk]))
    assert OLD in page(reader, f"/admin/webhooks/event/{event.pk}/change/")


def test_the_page_of_a_driver_tells_it_too(event: Event) -> None:
    shown = page(on_call(), f"/admin/webhooks/event/?driver_of={event.pk}")
    assert "The driver wrote as" in shown
    assert "•••234" in shown


def test_an_alias_that_has_ended_says_since_when_and_why_on_every_page(
    platform: Platform, alias: Alias, event: Event
) -> None:
    """The first event after the change that names the old number with another user id."""
    places = [LIST, f"{LIST}{alias.pk}/change/", f"/admin/webhooks/event/{event.pk}/change/"]
    places.append(f"/admin/webhooks/event/?driver_of={event.pk}")
    for place in places:
        assert "else’s user id" not in page(on_call(), place)
    assert "Counts" in page(on_call(), LIST)
    for second, user_id in ((30, "GB.2"), (90, "GB.3")):
        stranger = text(
            message_id=f"wamid.{second}",
            user_id=user_id,
            timestamp=int(START.timestamp()) + second,
        )
        platform.receive(stranger, contacts=[])
    since = START + timedelta(seconds=30)
    for place in places:
        shown = page(on_call(), place)
        assert "the old number has come with somebody else’s user id" in shown
        assert since.isoformat() in shown
    for place in places[:2]:
        assert "Ended, since" in page(on_call(), place)
        assert "Counts" not in page(on_call(), place)


def test_the_list_asks_once_what_has_ended(
    platform: Platform, alias: Alias, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = on_call()
    with CaptureQueriesContext(connection) as queries:
        page(client, LIST)
    for serial in range(5):
        number = f"1650555000{serial}"
        told = system(
            message_id=f"wamid.S{serial}", number=number, wa_id=f"1650555010{serial}", timestamp=1
        )
        platform.receive(told, contacts=[])
    with django_assert_max_num_queries(len(queries)):
        page(client, LIST)


def test_who_may_undoes_it_in_one_click_and_leaves_a_trace(
    platform: Platform, alias: Alias, event: Event
) -> None:
    assert "Undo<" in page(on_call(), f"/admin/webhooks/event/{event.pk}/change/")
    assert undo(on_call(), alias, event) == 303
    alias.refresh_from_db()
    assert (alias.undone_at is not None, alias.undone_by_name) == (True, "On-call")
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.change_message) == (
        str(alias.pk),
        "Undone by hand: the two names are two people's",
    )
    shown = page(on_call(), f"/admin/webhooks/event/{event.pk}/change/")
    assert "undone by <bdi>On-call</bdi>" in shown
    again = text(message_id="wamid.2", number=NEW, user_id="")
    # What tells of it once more does not bring it back.
    assert platform.deliver(TOLD, again, contacts=[])[1] == NO_TRACKING
    assert undo(on_call(), alias, event) == 303
    assert LogEntry.objects.count() == 1


def test_what_tells_of_the_same_change_is_undone_as_well_and_says_so(
    platform: Platform, alias: Alias, event: Event
) -> None:
    later = int(START.timestamp()) + 1
    platform.deliver(system(wa_id=NEW, timestamp=later, message_id="wamid.3"), contacts=[])
    assert undo(on_call(), alias, event) == 303
    other = Alias.objects.exclude(pk=alias.pk).get()
    for path in (LIST, f"{LIST}{other.pk}/change/"):
        assert "Undone by On-call, as it was told at <time" in page(support(), path)
    shown = page(on_call(), f"/admin/webhooks/event/{event.pk}/change/")
    assert "undone by <bdi>On-call</bdi>, as it was told at <time" in shown
    assert "undone by <bdi>On-call</bdi>)" in shown
    assert "Undo<" not in shown
    again = text(message_id="wamid.2", number=NEW, user_id="")
    assert platform.deliver(again, contacts=[]) == [NO_TRACKING]


def test_who_may_not_undoes_nothing(alias: Alias, event: Event) -> None:
    assert undo(support(), alias, event) == 403
    chosen = {"action": "undo_selected", "_selected_action": str(alias.pk)}
    support().post(LIST, chosen)
    assert Alias.objects.filter(undone_at=None).exists()


def test_undoing_says_what_is_undone(alias: Alias) -> None:
    chosen = {"action": "undo_selected", "_selected_action": str(alias.pk)}
    said = [
        [str(each) for each in on_call().post(LIST, chosen, follow=True).context["messages"]]
        for _ in range(2)
    ]
    assert said == [
        ["The alias is undone: the two names are two people’s."],
        ["Nothing counted any more."],
    ]


def test_a_link_undoes_nothing(alias: Alias) -> None:
    answer = on_call().get(reverse("admin:undo_alias", args=[alias.pk]))
    assert answer.headers["Location"] == f"{LIST}{alias.pk}/change/"
    assert Alias.objects.filter(undone_at=None).exists()


@pytest.mark.parametrize("key", ["0", "x", "9" * 30])
def test_what_is_no_alias_is_not_found(db: None, key: str) -> None:
    assert on_call().post(f"/admin/aliases/{key}/undo/").status_code == 404


def test_several_are_undone_from_the_list(alias: Alias) -> None:
    chosen = {"action": "undo_selected", "_selected_action": str(alias.pk)}
    on_call().post(LIST, chosen)
    assert not Alias.objects.filter(undone_at=None).exists()
    assert "Undone by On-call" in page(support(), LIST)


def test_it_outlasts_the_event_that_told_of_it(
    platform: Platform, alias: Alias, event: Event
) -> None:
    told = reverse("admin:webhooks_event_change", args=[Event.objects.get(name="system").pk])
    assert told in page(support(), f"{LIST}{alias.pk}/change/")
    assert prune(before=platform.now + timedelta(days=366)).events == 2
    assert not Event.objects.exists()
    shown = page(support(), f"{LIST}{alias.pk}/change/")
    assert reverse("admin:webhooks_delivery_change", args=[alias.delivery_id]) in shown
    later = text(message_id="wamid.3", number=NEW, user_id="")
    assert platform.deliver(later, contacts=[]) == [("processed", "applied")]
