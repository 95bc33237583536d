"""What the pages of events, deliveries and chats show, and what they cost."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from eventlog.admin.pages import PAGES
from eventlog.admin.refusals import MEANINGS
from eventlog.models import ReplayJob
from listeners.firestore import connection as firestore_connection
from listeners.models import Placement, TaskRun
from sandbox import samples
from sandbox.emulators import Emulators, Fault, FaultKind
from tests.eventlog.admin.staff import PART, on_call, support
from tests.platform import Platform
from tests.rows import NOON, add_events, make_delivery, make_event
from webhooks.authentication import Cause
from webhooks.models import Delivery, Event, RefusalCount
from webhooks.outcomes import Reason, State
from webhooks.whatsapp.items import Kind

JOB = "01a22173-5b1d-72de-a599-d0de6377ec4c"


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> Iterator[str]:
    """Our stand-in alone: the pages are in front of Firestore."""
    yield stand_ins.firestore_host
    stand_ins.faults.clear()


@pytest.fixture
def connected(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Platform:
    """A platform that the pages find, too."""
    monkeypatch.setattr(firestore_connection, "connect", lambda: platform.store)
    return platform


def html(client: Client, path: str, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ("/admin/figures/?stretch=day&number=1", "/admin/?stretch=day&number=1"),
        ("/admin/waiting/rows/", "/admin/waiting/"),
        (f"/admin/replays/{JOB}/progress/", f"/admin/replays/{JOB}/"),
    ],
)
def test_a_part_of_a_page_leads_whoever_opens_it_to_the_page(
    db: None, part: str, whole: str
) -> None:
    ReplayJob.objects.create(pk=JOB, name="Of yesterday", asked_at=NOON)
    staff = support()
    assert not html(staff, part, **PART).lstrip().startswith("<!DOCTYPE html>")
    answer = staff.get(part)
    assert (answer.status_code, answer.headers["Location"]) == (303, whole)
    assert html(staff, whole).startswith("<!DOCTYPE html>")


def test_no_page_is_a_part_that_says_so_to_nobody(db: None) -> None:
    staff = on_call()
    for page in [page for page in PAGES if "<" not in page.path]:
        answer = staff.get(reverse(f"admin:{page.name}"), follow=True)
        kind = answer.headers["Content-Type"]
        whole = b"".join(answer).startswith(b"<!DOCTYPE html>")
        assert whole == kind.startswith("text/html"), page.name


def test_an_event_says_what_became_of_it_and_what_to_do(db: None) -> None:
    event = make_event(state=State.SKIPPED, reason=Reason.NO_ACTIVE_TRACKING)
    page = html(support(), f"/admin/webhooks/event/{event.pk}/change/")
    assert Reason.NO_ACTIVE_TRACKING.meaning in page
    assert "tracking record is active" in page


def test_support_is_told_who_can_do_what_it_may_not(db: None) -> None:
    event = make_event(state=State.SKIPPED, reason=Reason.NO_ACTIVE_TRACKING)
    hints = [f"Somebody of the group On-call can {verb} it." for verb in ("replay", "reveal")]
    for staff, told in ((support(), [True, True]), (on_call(), [False, False])):
        page = html(staff, f"/admin/webhooks/event/{event.pk}/change/")
        assert [hint in page for hint in hints] == told


def test_an_event_leads_to_what_is_around_it(db: None) -> None:
    event = make_event(lease_id="northfleet", enquiry_id="ENQ-7")
    page = support().get(f"/admin/webhooks/event/{event.pk}/change/")
    assert [trail.url.partition("?")[2] for trail in page.context["trails"]] == [
        f"{same}={event.pk}"
        for same in ("driver_of", "lease_number_of", "enquiry_of", "company_of")
    ]
    assert page.context["chat_url"] == f"/admin/chat/{event.pk}/#message"


def test_an_event_that_names_nothing_leads_nowhere(db: None) -> None:
    event = make_event(
        kind=Kind.CONTAINER, lease_number="", person_number="", person_user_id="", message_id=""
    )
    page = support().get(f"/admin/webhooks/event/{event.pk}/change/")
    assert (list(page.context["trails"]), page.context["chat_url"]) == ([], "")


def test_what_cannot_be_read_is_not_said_to_be_short(db: None) -> None:
    item = dict(samples.text()) | {"text": "no object"}
    body = samples.encode(samples.envelope(samples.entry(samples.change(messages=[item]))))
    event = make_event(
        make_delivery(body=body), state=State.FAILED, reason=Reason.MALFORMED, message_id="wamid.X"
    )
    assert "character" not in html(support(), f"/admin/webhooks/event/{event.pk}/change/")


def test_an_event_page_costs_a_fixed_number_of_queries(
    db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    delivery, staff = make_delivery(), support()
    add_events(delivery, count=60)
    for _ in range(30):
        TaskRun.objects.create(
            delivery=delivery, started_at=NOON, finished_at=NOON, result=TaskRun.Result.DONE
        )
    event = Event.objects.latest("pk")
    the_time = 1 if connection.vendor == "postgresql" else 0
    with django_assert_num_queries(15 + the_time):
        staff.get(f"/admin/webhooks/event/{event.pk}/change/")


def test_a_delivery_page_costs_a_fixed_number_of_queries(
    db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    delivery, staff = make_delivery(), support()
    add_events(delivery, count=150)
    with django_assert_num_queries(10):
        staff.get(f"/admin/webhooks/delivery/{delivery.pk}/change/")


def test_a_list_of_deliveries_reads_no_bytes(
    db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_delivery()
    staff = support()
    with django_assert_num_queries(7) as queries:
        staff.get("/admin/webhooks/delivery/")
    assert [each["sql"] for each in queries.captured_queries if '"body"' in each["sql"]] == []


@pytest.mark.parametrize(
    "query", ["verdict=odd", "verdict=malformed", "repeats=only", "span=today"]
)
def test_deliveries_can_be_narrowed(db: None, query: str) -> None:
    first = make_delivery()
    make_delivery(verdict="malformed", repeat_of=first)
    shown = support().get(f"/admin/webhooks/delivery/?{query}").context["cl"].result_list
    assert [row.verdict for row in shown if query != "span=today"] == ["malformed"] * len(shown)
    assert len(shown) == (0 if query == "span=today" else 1)


def test_a_verdict_is_called_the_same_in_a_row_and_in_its_filter(db: None) -> None:
    make_delivery(verdict="not_json")
    page = html(support(), "/admin/webhooks/delivery/")
    assert page.count("Not JSON") == 2
    assert "Not WhatsApp" in page


def test_a_repeat_leads_to_the_first(db: None) -> None:
    event = make_event()
    repeat = make_delivery(repeat_of=event.delivery, digest=event.delivery.digest, body=b"")
    page = html(support(), f"/admin/webhooks/delivery/{repeat.pk}/change/")
    assert f"/admin/webhooks/delivery/{event.delivery_id}/change/" in page
    assert f"/admin/webhooks/event/{event.pk}/change/" in page


def test_a_chat_shows_both_sides(connected: Platform) -> None:
    connected.track("e1")
    connected.sends("e1", "wamid.OUT", createdAt=NOON, status="sent", message="On Tuesday?")
    connected.deliver(
        samples.text(message_id="wamid.A", body="Yes", reply_to="wamid.OUT"),
        samples.reaction(target_id="wamid.OUT"),
    )
    event = Event.objects.get(kind=Kind.TEXT)
    staff = on_call()
    masked = html(staff, f"/admin/chat/{event.pk}/")
    assert [word for word in ("On Tuesday?", "Yes", "Sheena", "👍") if word in masked] == []
    staff.post(f"/admin/reveal/chat/{event.pk}/")
    shown = html(staff, f"/admin/chat/{event.pk}/")
    assert [word for word in ("On Tuesday?", "Yes", "Sheena", "👍") if word not in shown] == []
    assert f"/admin/webhooks/event/{event.pk}/change/" in shown


@pytest.mark.parametrize(
    ("status", "also"), [("played", True), ("delivered", True), ("failed", False), ("sent", False)]
)
def test_a_failure_of_a_message_that_arrived_is_told_as_such(
    connected: Platform, status: str, also: bool
) -> None:
    connected.track("e1")
    errors = [{"code": 131049, "title": "This message was not delivered"}]
    connected.sends("e1", "wamid.OUT", createdAt=NOON, status=status, errors=errors)
    event = make_event(lease_id="lease-1", enquiry_id="e1")
    page = html(support(), f"/admin/chat/{event.pk}/")
    assert "131049" in page
    told = f"Meta also reported a failure, although it was {status}:"
    assert (told in page, 'class="error"' in page) == (also, not also)


@pytest.mark.parametrize(
    "error",
    [
        {"code": 1, "title": ["a", "list"], "error_data": {"details": 5}},
        {"code": {"a": 1}, "title": None, "error_data": {"details": {"to": "447700900102"}}},
        {"title": "x", "error_data": {"details": ["447700900102"]}},
        {"error_data": "447700900102"},
        "447700900102",
        7,
        {},
    ],
)
def test_an_error_of_whatever_form_spoils_no_page(connected: Platform, error: Any) -> None:
    connected.track("e1")
    connected.sends("e1", samples.OUTBOUND_ID, createdAt=NOON, status="sent")
    connected.deliver(statuses=[samples.status(word="failed", errors=[error])])
    event = Event.objects.get()
    assert event.reason == Reason.APPLIED
    staff = on_call()
    for address in (f"/admin/webhooks/event/{event.pk}/change/", f"/admin/chat/{event.pk}/"):
        page = html(staff, address)
        assert [word for word in ("447700900102", "None") if word in page] == []
    staff.post(f"/admin/reveal/event/{event.pk}/")
    html(staff, f"/admin/webhooks/event/{event.pk}/change/")


def test_a_revealed_chat_is_revealed_from_each_of_its_events(connected: Platform) -> None:
    connected.track("e1")
    connected.deliver(samples.text(message_id="wamid.A", body="First words"))
    connected.deliver(samples.text(message_id="wamid.B", body="Second words"))
    first, second = Event.objects.order_by("pk")
    staff = on_call()
    staff.post(f"/admin/reveal/chat/{first.pk}/")
    assert "First words" in html(staff, f"/admin/chat/{second.pk}/")
    assert "Second words" not in html(staff, f"/admin/webhooks/event/{second.pk}/change/")


def test_a_chat_costs_a_fixed_number_of_queries_and_gets(
    connected: Platform, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    connected.track("e1")
    connected.deliver(*(samples.text(message_id=f"wamid.{place}") for place in range(20)))
    event, staff = Event.objects.latest("pk"), support()
    connected.emulators.counters.clear()
    with django_assert_num_queries(9):
        staff.get(f"/admin/chat/{event.pk}/")
    calls = connected.emulators.counters.read()["firestore"]
    assert calls == {"BatchGetDocuments": 2, "RunQuery": 2}


def test_a_chat_that_cannot_be_read_says_so(connected: Platform) -> None:
    fault = Fault(kind=FaultKind.PERMISSION_DENIED, service="firestore", times=9)
    connected.emulators.faults.add(fault)
    event = make_event(lease_id="lease-1", enquiry_id="e1")
    assert "The chat cannot be shown" in html(support(), f"/admin/chat/{event.pk}/")


def test_there_is_no_chat_of_an_event_without_enquiry(db: None) -> None:
    event = make_event()
    assert support().get(f"/admin/chat/{event.pk}/").status_code == 404
    assert support().get("/admin/chat/999/").status_code == 404


def test_task_runs_name_their_attempt_and_their_error(db: None) -> None:
    run = TaskRun.objects.create(
        delivery=make_delivery(),
        started_at=NOON,
        finished_at=NOON,
        retry_count=2,
        result=TaskRun.Result.TRY_AGAIN,
        error="Unavailable: ServiceUnavailable",
        outcomes={"applied": [1, 2], "no_person": [3]},
    )
    page = html(support(), "/admin/listeners/taskrun/?result__exact=try_again")
    assert "Unavailable: ServiceUnavailable" in page
    assert "2 applied, 1 no person" in page
    assert "3" in html(support(), f"/admin/listeners/taskrun/{run.pk}/change/")


def test_what_a_run_came_to_is_a_word(db: None) -> None:
    delivery = make_delivery()
    for result in TaskRun.Result:
        TaskRun.objects.create(delivery=delivery, started_at=NOON, finished_at=NOON, result=result)
    for address in ("/admin/listeners/taskrun/", f"/admin/webhooks/delivery/{delivery.pk}/change/"):
        page = html(support(), address)
        assert page.count("</svg>Done</span>") == page.count("</svg>Tried again</span>") == 1
        assert [each.label for each in TaskRun.Result if f">{each.label}" in page] == []


def test_there_is_one_clock(db: None) -> None:
    event = make_event()
    run = TaskRun.objects.create(
        delivery=event.delivery,
        started_at=NOON,
        finished_at=NOON + timedelta(hours=1, seconds=7),
        result=TaskRun.Result.DONE,
    )
    placement = Placement.objects.create(
        message_id="wamid.A", event=event, applied_at=NOON + timedelta(hours=1, seconds=7)
    )
    staff = on_call()
    staff.post(f"/admin/reveal/event/{event.pk}/")
    pages = {
        address: html(staff, f"/admin/{address}")
        for address in (
            f"listeners/taskrun/{run.pk}/change/",
            "listeners/placement/",
            f"listeners/placement/{placement.pk}/change/",
            f"webhooks/event/{event.pk}/history/",
        )
    }
    assert [address for address, page in pages.items() if " p.m." in page or " a.m." in page] == []
    times = {address: re.findall(r"> \d\d:\d\d:\d\d<", page) for address, page in pages.items()}
    assert [address for address, found in times.items() if not found] == []


@pytest.mark.parametrize("cause", list(Cause))
def test_the_cause_of_a_refusal_is_explained(db: None, cause: Cause) -> None:
    RefusalCount.objects.create(day=NOON.date(), cause=cause, count=17)
    assert MEANINGS[cause] in html(support(), "/admin/webhooks/refusalcount/")


def test_refusals_are_listed_by_day_and_cause(db: None) -> None:
    RefusalCount.objects.create(day=NOON.date(), cause="mismatch", count=17)
    page = html(support(), "/admin/webhooks/refusalcount/")
    assert "mismatch" in page
    assert "17" in page


def test_counts_and_times_of_a_delivery_are_written_as_people_write_them(db: None) -> None:
    event = make_event()
    at_once = event.delivery.received_at
    Delivery.objects.update(size=1234567, item_count=1000)
    Event.objects.update(queued_at=at_once)
    address = f"/admin/webhooks/delivery/{event.delivery_id}/change/"
    page = html(support(), address)
    assert "(at once)" in page
    assert "1,234,567 bytes" in page
    assert "All 1,000 items" in page
    Event.objects.update(queued_at=at_once + timedelta(milliseconds=240))
    assert "(after 240 ms)" in html(support(), address)
