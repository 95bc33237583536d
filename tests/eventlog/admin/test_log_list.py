"""What the address of a page says and the page does not go by stands above it."""

from uuid import UUID

import pytest
from django.test import Client

from eventlog.models import DriftCount
from listeners.models import TaskRun, UnknownDelivery
from tests.eventlog.admin.staff import staff_in
from tests.rows import NOON, make_delivery, make_event
from webhooks.models import RefusalCount
from webhooks.outcomes import Reason, State

pytestmark = pytest.mark.django_db

EVENTS, NO_PLACE = "/admin/webhooks/event/", "is no place in this list and was left out."


@pytest.fixture
def staff() -> Client:
    return staff_in("UTC", group="On-call")


def told(staff: Client, address: str) -> list[str]:
    """What stands above a page."""
    return [str(each) for each in staff.get(address).context["messages"]]


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("webhooks/event/?state=unknown", "“unknown” is no state and was left out."),
        ("webhooks/event/?before=3", f"“3” {NO_PLACE}"),
        ("webhooks/event/?moment=now", "“now” is no moment and was left out."),
        ("webhooks/delivery/?span=year", "“year” is no choice of “received” and was left out."),
        (
            "webhooks/delivery/?span=today&zone=Mars/Base",
            "“Mars/Base” is no time zone and was left out.",
        ),
        ("webhooks/delivery/?verdict=fine", "“fine” is no choice of “verdict” and was left out."),
        ("webhooks/delivery/?repeats=1", "“1” is no choice of “repeats” and was left out."),
        ("webhooks/delivery/?after=17", f"“17” {NO_PLACE}"),
        ("webhooks/refusalcount/?days=9", "“9” is no choice of “day” and was left out."),
        ("webhooks/refusalcount/?cause=x", "“x” is no choice of “cause” and was left out."),
        ("listeners/taskrun/?result__exact=x", "“x” is no choice of “result” and was left out."),
        (
            "listeners/taskrun/?result=done",
            "“result” is nothing that this page can be asked for, and was left out.",
        ),
        (
            "listeners/unknowndelivery/?standing=x",
            "“x” is no choice of “standing” and was left out.",
        ),
        ("eventlog/driftcount/?departure=x", "“x” is no choice of “departure” and was left out."),
        (
            "never-arrived/?days=999",
            "“999” is no number of days that this page shows and was left out.",
        ),
        ("never-arrived/?number=7", "“7” is no lease number and was left out."),
        ("never-arrived/?day=monday", "“monday” is no day such as 2026-06-01 and was left out."),
        ("?stretch=year", "“year” is no stretch of time and was left out."),
    ],
)
def test_what_an_address_asks_for_in_vain_is_told(staff: Client, address: str, words: str) -> None:
    assert told(staff, f"/admin/{address}") == [words]


def test_no_list_that_understands_nothing_looks_narrowed(staff: Client) -> None:
    delivery = make_delivery()
    RefusalCount.objects.create(day=NOON, cause="mismatch")
    DriftCount.objects.create(path="x", first_at=NOON, last_at=NOON, delivery_id=delivery.pk)
    UnknownDelivery.objects.create(delivery=UUID(int=7), first_seen_at=NOON, last_seen_at=NOON)
    TaskRun.objects.create(delivery=delivery, started_at=NOON, finished_at=NOON, result="done")
    for address in (
        "webhooks/delivery/?span=x&verdict=x&repeats=x",
        "webhooks/refusalcount/?days=x&cause=x",
        "eventlog/driftcount/?departure=x",
        "listeners/unknowndelivery/?standing=x",
        "listeners/taskrun/?result__exact=x",
    ):
        shown = staff.get(f"/admin/{address}").context["cl"]
        assert (address, len(shown.result_list)) == (address, 1)
        assert (address, shown.has_active_filters) == (address, False)


def test_who_saw_what_tells_it_as_well(admin_client: Client) -> None:
    assert told(admin_client, "/admin/who-saw-what/?deed=read&week=x") == [
        "“read” is no thing that is noted here and was left out.",
        "“x” is no week that this page shows and was left out.",
    ]


def test_what_is_taken_away_on_a_list_is_left_out_of_its_links(staff: Client) -> None:
    page = staff.get(f"{EVENTS}?state=unknown&kind=text")
    assert [tag.value for tag in page.context["bar"].tags] == ["Text"]
    assert "unknown" not in page.context["bar"].query


def test_an_export_of_what_is_not_understood_leads_to_the_list_that_says_so(staff: Client) -> None:
    answer = staff.get("/admin/export/events.csv?state=unknown&kind=text")
    assert (answer.status_code, answer["Location"]) == (302, f"{EVENTS}?state=unknown&kind=text")


def test_a_preview_of_a_replay_says_what_it_leaves_out(staff: Client) -> None:
    make_event(state=State.SKIPPED, reason=Reason.NO_PERSON)
    address = "/admin/replays/new/?state=skipped&reason=nobody&list=state%3Dskipped"
    assert told(staff, address) == ["“nobody” is no reason and was left out."]
