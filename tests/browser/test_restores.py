"""What a restore leaves to people, in a browser: unknown deliveries, windows, repairs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from eventlog.problems.rounds import look_round
from listeners.firestore import connection as firestore_connection
from listeners.models import Placement, RestoreWindow, UnknownDelivery
from listeners.restores.windows import begin
from sandbox import emulators
from tests.browser.accessibility import problems
from tests.browser.conftest import Visit
from tests.eventlog.figures.ledger import make_event

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.django_db(transaction=True)]

SIZES = pytest.mark.parametrize("width", [390, 1280])
SCHEMES = pytest.mark.parametrize("scheme", ["light", "dark"])
HOUR = timedelta(hours=1)


def fits(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert problems(page) == []


@pytest.fixture
def firestore(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Firestore that has lost everything."""
    with emulators.start() as running:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", running.firestore_host)
        settings.GOOGLE_CLOUD_PROJECT = f"test-{uuid4().hex[:12]}"
        firestore_connection.close()
        yield
        firestore_connection.close()


@SIZES
@SCHEMES
def test_unknown_deliveries_are_shown_and_closed(visit: Visit, scheme: str, width: int) -> None:
    now = datetime.now(UTC)
    for digest in ("0a" * 32, ""):
        UnknownDelivery.objects.create(
            delivery=uuid4(), digest=digest, first_seen_at=now - HOUR, last_seen_at=now
        )
    look_round(now=now)
    page = visit("On-call", viewport={"width": width, "height": 844}, color_scheme=scheme)
    page.get_by_role("link", name="Show unknown deliveries").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(2)
    fits(page, width)
    page.locator("#result_list tbody tr").first.locator("input.action-select").check()
    page.locator("select[name=action]").select_option("close_selected")
    page.locator(".actions button[name=index]").click()  # "Go", or "Run" from Django 6.1 on
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    assert UnknownDelivery.objects.filter(closed_by_name="On-call").count() == 1


@SIZES
@SCHEMES
def test_a_window_leads_to_what_is_missing(
    visit: Visit, firestore: None, scheme: str, width: int
) -> None:
    now = datetime.now(UTC)
    begin(RestoreWindow.What.FIRESTORE, since=now - 2 * HOUR, until=now + HOUR, now=now)
    applied(now)
    page = visit(
        "On-call",
        "/admin/listeners/restorewindow/",
        viewport={"width": width, "height": 844},
        color_scheme=scheme,
    )
    fits(page, width)
    page.get_by_role("link", name="See what is missing").click()
    expect(page.get_by_role("heading", name="Unread counts rise by 2")).to_be_visible()
    expect(page.get_by_role("button", name="Repair 2 events")).to_be_visible()
    fits(page, width)


def applied(now: datetime) -> None:
    """Two texts, and a status of a message of ours; nothing of it is in Firestore."""
    chat: dict[str, Any] = {"lease_id": "northwind", "enquiry_id": "enquiry-1"}
    for name in ("wamid.A", "wamid.B"):
        event = make_event(at=now, message_id=name, document_id=name, **chat)
        Placement.objects.create(
            lease_number="1", message_id=name, event=event, applied_at=now, **chat
        )
    status: dict[str, Any] = {
        "kind": "status",
        "name": "read",
        "message_id": "wamid.O",
        "document_id": "o",
    }
    make_event(at=now, **status, **chat)
