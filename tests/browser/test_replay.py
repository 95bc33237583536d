"""Replays in a browser, through the queue and the handler to the documents."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from google.cloud.firestore import Client
from playwright.sync_api import Page, expect
from pytest_django import Settings

from eventlog.models import ReplayedEvent, ReplayJob
from eventlog.replay.jobs import carry_on
from listeners.firestore import connection as firestore_connection
from listeners.firestore.store import Store
from sandbox import emulators
from sandbox.emulators import Emulators, Fault, FaultKind, Options
from sandbox.samples import DRIVER_NUMBER, status, text, wamid
from tests.browser.accessibility import problems
from tests.browser.conftest import Visit, all_of
from tests.platform import LEASE, Platform, tasks_client
from webhooks import task_queue
from webhooks.models import Event

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def stand_ins() -> Iterator[Emulators]:
    """Our stand-ins, whose queue sends what it has to the server of the test."""
    with emulators.start(Options(project="local", location="local")) as running:
        yield running


@pytest.fixture
def platform(
    stand_ins: Emulators, server: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Platform]:
    """Five texts of an hour ago in two deliveries, skipped for want of a tracking record."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", stand_ins.firestore_host)
    for name, value in stand_ins.environment().items():
        if hasattr(settings, name):
            setattr(settings, name, tuple(value.split(",")) if name == "TOKEN_ISSUERS" else value)
    settings.GOOGLE_CLOUD_PROJECT = settings.TASKS_LOCATION = "local"
    settings.TASK_HANDLER_URL = f"{server}/webhook-listeners/whatsapp"
    main, ancillary = Client(project="local"), Client(project="local", database="ancillary")
    client = tasks_client(stand_ins.tasks_host)
    found = Platform(
        main=main,
        ancillary=ancillary,
        store=Store(main=main, ancillary=ancillary),
        emulators=stand_ins,
        tasks_client=client,
        now=datetime.now(UTC) - timedelta(hours=1),
    )
    for serials in (range(3), range(3, 5)):
        found.deliver(*(text(message_id=_wamid(serial)) for serial in serials))
    yield found
    client.transport.close()
    found.store.close()
    firestore_connection.close()


def _wamid(serial: int) -> str:
    return wamid(DRIVER_NUMBER, serial)


def confirm(page: Page, name: str) -> None:
    """Reads the preview, names the replay and starts it."""
    page.get_by_label("Name of this replay").fill(name)
    page.get_by_role("button", name=re.compile("^Replay")).click()


def expect_result(page: Page, words: str) -> None:
    expect(page.locator("#progress-title")).to_contain_text(words)


def test_one_event_from_its_page(platform: Platform, visit: Visit) -> None:
    platform.track("e1")
    event = Event.objects.earliest("pk")
    page = visit("On-call", f"/admin/webhooks/event/{event.pk}/change/")
    page.get_by_role("link", name="Replay…", exact=True).click()
    expect(page.get_by_text("1 event would be opened again")).to_be_visible()
    confirm(page, "They have a tracking record now")
    expect_result(page, "1 of 1 has another outcome now, 1 applied to a chat")
    assert platform.unread("e1") == 1
    page.get_by_role("link", name=f"Text {event.pk}").click()
    expect(page.get_by_text("Opened again by On-call")).to_be_visible()


def test_a_delivery_from_the_page_of_its_event(platform: Platform, visit: Visit) -> None:
    platform.track("e1")
    event = Event.objects.earliest("pk")
    page = visit("On-call", f"/admin/webhooks/event/{event.pk}/change/")
    page.get_by_role("link", name="Replay its delivery…").click()
    confirm(page, "One delivery")
    expect_result(page, "3 of 3 have another outcome now")
    assert platform.unread("e1") == 3


def test_all_that_a_filter_shows(platform: Platform, visit: Visit) -> None:
    platform.track("e1")
    page = visit("On-call", "/admin/webhooks/event/?state=skipped")
    page.get_by_role("link", name="Replay these…").click()
    expect(page.get_by_text("5 events would be opened again")).to_be_visible()
    expect(page.get_by_text("Applied if an active tracking record exists by now.")).to_be_visible()
    confirm(page, "Tracking came late")
    expect_result(page, "5 of 5 have another outcome now, 5 applied to a chat")
    change = page.locator(".diff li")
    expect(change).to_contain_text("No active tracking")
    expect(change).to_contain_text("Applied")
    assert platform.unread("e1") == 5


def test_what_was_foreseen_and_what_came(platform: Platform, visit: Visit) -> None:
    platform.track("bumper-101")
    page = visit("On-call", "/admin/replays/new/?state=skipped")
    expect(page.get_by_role("heading", name="5 would be in a chat")).to_be_visible()
    expect(page.locator(".fates")).to_contain_text("Enquiry bumper-101 of lease-1")
    platform.ancillary.document(f"whatsapp/lease/{LEASE}/record-1").update({"active": False})
    confirm(page, "Too late")
    expect_result(page, "0 of 5 have another outcome now")
    expect(page.get_by_role("heading", name="5 came out otherwise than foreseen")).to_be_visible()
    assert problems(page) == []
    page.locator(".difference a").first.click()
    expect(page.get_by_text("Opened again by On-call")).to_be_visible()


def test_what_is_ticked_in_the_list(platform: Platform, visit: Visit) -> None:
    page = visit("On-call", "/admin/webhooks/event/?state=skipped")
    for box in all_of(page.locator(".action-select"))[:2]:
        box.check()
    page.get_by_label("Action:").select_option(label="Replay the selected events…")
    page.locator(".actions button[name=index]").click()  # "Go", or "Run" from Django 6.1 on
    expect(page.get_by_text("2 events would be opened again")).to_be_visible()
    confirm(page, "Two of them")
    expect_result(page, "0 of 2 have another outcome now")
    expect(page.locator(".diff li")).to_contain_text("the same again")


def test_another_window_before_one_confirms(platform: Platform, visit: Visit) -> None:
    page = visit("On-call", "/admin/replays/new/?state=skipped")
    expect(page.get_by_text("5 events would be opened again")).to_be_visible()
    late = datetime.now(UTC) - timedelta(minutes=5)
    page.get_by_label("Received from").fill(f"{late:%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="Change the window").click()
    expect(page.get_by_text("No event matches")).to_be_visible()
    expect(page.get_by_label("Name of this replay")).to_have_count(0)


def test_the_list_of_replays_says_who_when_and_with_what_result(
    platform: Platform, visit: Visit
) -> None:
    platform.track("e1")
    page = visit("On-call", "/admin/replays/new/?state=skipped")
    confirm(page, "Tracking came late")
    expect_result(page, "Finished")
    page = visit("Support")
    page.get_by_role("link", name="Replays").first.click()
    row = page.locator(".jobs tbody tr")
    expect(row).to_contain_text("Tracking came late")
    expect(row).to_contain_text("On-call")
    expect(row.locator(".amount")).to_have_text(["5", "5", "5"])
    row.get_by_role("link").click()
    expect_result(page, "5 of 5 have another outcome now")


def test_a_double_click_starts_one_replay(platform: Platform, visit: Visit) -> None:
    page = visit("On-call", "/admin/replays/new/?state=skipped")
    page.get_by_role("button", name=re.compile("^Replay")).dblclick()
    expect_result(page, "Finished")
    assert ReplayJob.objects.count() == 1


def test_progress_shows_while_the_page_is_open(
    platform: Platform, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page itself opens nothing at first, so that each state stays until it has been seen."""
    monkeypatch.setattr("eventlog.pages.replays.BUDGET", timedelta())
    page = visit("On-call", "/admin/replays/new/?state=skipped")
    confirm(page, "Slowly")
    counts = page.locator(".job-counts")
    expect(counts).to_contain_text("5 to be opened")
    _open_two(monkeypatch)
    expect(counts).to_contain_text("3 to be opened")
    monkeypatch.setattr("eventlog.pages.replays.BUDGET", timedelta(seconds=10))
    expect_result(page, "Finished")


def test_a_login_that_ends_leaves_the_page_of_a_replay_as_it_is(
    platform: Platform, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eventlog.pages.replays.BUDGET", timedelta())
    page = visit("On-call", "/admin/replays/new/?state=skipped")
    confirm(page, "Slowly")
    expect(page.locator(".job-counts")).to_contain_text("5 to be opened")
    page.context.clear_cookies(name="sessionid")
    expect(page.get_by_text("Not up to date: you are logged out.")).to_be_visible()
    for _ in range(2):  # the second is sent after the first has been answered
        with page.expect_request(lambda request: request.method == "POST"):
            pass
    expect(page.locator(".job-counts")).to_contain_text("5 to be opened")
    expect(page.get_by_label("Password")).to_have_count(0)


def _open_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Goes on with the replay for one step: time is up as soon as events are open."""
    monkeypatch.setattr("eventlog.replay.jobs.EVENTS_PER_STEP", 2)
    opened = ReplayedEvent.objects.filter(reopened_at__isnull=False)
    begun = datetime.now(UTC)
    until = begun + timedelta(minutes=1)
    carry_on(
        ReplayJob.objects.get(),
        queue=task_queue.connect(),
        clock=lambda: until if opened.exists() else begun,
        until=until,
    )


def test_what_waits_for_its_message_says_so(platform: Platform, visit: Visit) -> None:
    platform.track("e1")
    event = _skipped_status(platform)
    page = visit("On-call", f"/admin/replays/new/?event={event.pk}")
    confirm(page, "Once more")
    expect(page.get_by_text("What is left waits for messages")).to_be_visible()


def _skipped_status(platform: Platform) -> Event:
    """A status whose message never came."""
    platform.receive(statuses=[status()])
    Event.objects.filter(kind="status").update(state="skipped", reason="message_not_found")
    return Event.objects.get(kind="status")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_a_queue_that_takes_nothing_is_told(
    platform: Platform, visit: Visit, scheme: str, width: int
) -> None:
    refused = Fault(kind=FaultKind.PERMISSION_DENIED, service="tasks", method="CreateTask", times=9)
    platform.emulators.faults.add(refused)
    page = visit(
        "On-call",
        "/admin/webhooks/event/?state=skipped",
        viewport={"width": width, "height": 844},
        color_scheme=scheme,
    )
    page.get_by_role("link", name="Replay these…").click()
    confirm(page, "Tracking came late")
    expect(page.get_by_text("5 without a task")).to_be_visible()
    expect(page.get_by_text("0 in the queue")).to_be_visible()
    expect(page.get_by_text("The queue has not taken 5 of them.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert problems(page) == []


def test_support_sees_no_button(platform: Platform, visit: Visit) -> None:
    event = Event.objects.earliest("pk")
    page = visit("Support", f"/admin/webhooks/event/{event.pk}/change/")
    expect(page.get_by_role("link", name=re.compile("Replay.*…"))).to_have_count(0)


def test_export_is_a_file_of_what_is_filtered(platform: Platform, visit: Visit) -> None:
    page = visit("Support", "/admin/webhooks/event/?state=skipped")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 1 + 5 + 1  # the last one says that it is complete
    assert download.value.suggested_filename.startswith("events-")
    assert DRIVER_NUMBER not in "\n".join(lines)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_pages_fit_their_window(
    platform: Platform, visit: Visit, scheme: str, width: int
) -> None:
    page = visit(
        "On-call",
        "/admin/replays/new/?state=skipped",
        viewport={"width": width, "height": 844},
        color_scheme=scheme,
    )
    widths = [page.evaluate("document.documentElement.scrollWidth")]
    confirm(page, "x" * 100)
    expect_result(page, "Finished")
    widths.append(page.evaluate("document.documentElement.scrollWidth"))
    page.goto("/admin/replays/")
    widths.append(page.evaluate("document.documentElement.scrollWidth"))
    assert max(widths) <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible(platform: Platform, visit: Visit, scheme: str) -> None:
    page = visit("On-call", "/admin/replays/new/?state=skipped", color_scheme=scheme)
    assert problems(page) == []
    confirm(page, "Seen by everybody")
    expect_result(page, "Finished")
    assert problems(page) == []
    page.goto("/admin/replays/")
    assert problems(page) == []
