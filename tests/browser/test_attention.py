"""What needs attention, in a browser."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from eventlog.models import Channel, Problem
from eventlog.problems.rounds import look_round
from tests.browser.accessibility import problems
from tests.browser.conftest import Visit
from tests.eventlog.figures.ledger import make_event
from webhooks import clock
from webhooks.models import Event
from webhooks.outcomes import Reason, State

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.django_db(transaction=True)]

HOUR = timedelta(hours=1)


def test_it_comes_and_goes_by_itself_and_leads_to_the_events(visit: Visit) -> None:
    look_round(now=clock.now())
    page = visit("Support")
    notices = page.locator(".attention li")
    expect(page.get_by_text("Received", exact=True)).to_be_visible()
    expect(notices).to_have_count(0)
    event = make_event(Reason.NONE, at=datetime.now(UTC) - HOUR)
    look_round(now=clock.now())
    expect(notices).to_contain_text("The queue takes nothing: 1 event")
    page.get_by_role("link", name="Show events without a task").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    page.go_back()
    Event.objects.filter(pk=event.pk).update(state=State.PROCESSED, check_at=None)
    look_round(now=clock.now() + HOUR)
    expect(notices).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_and_can_be_read(visit: Visit, scheme: str, width: int) -> None:
    make_event(Reason.NONE, at=datetime.now(UTC) - HOUR)
    make_event(Reason.WAITING_FOR_MESSAGE, at=datetime.now(UTC) - HOUR)
    look_round(now=clock.now())
    page = visit("Support", viewport={"width": width, "height": 844}, color_scheme=scheme)
    expect(page.locator(".attention li")).to_have_text(
        [re.compile("takes nothing"), re.compile("Nobody sees")]
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert problems(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_problems_fit_and_can_be_read(visit: Visit, scheme: str, width: int) -> None:
    make_event(Reason.NONE, at=datetime.now(UTC) - HOUR)
    make_event(Reason.WAITING_FOR_MESSAGE, at=datetime.now(UTC) - HOUR)
    look_round(now=clock.now())
    taken_up, other = Problem.objects.order_by("pk")
    Problem.objects.filter(pk=taken_up.pk).update(lease_number="15550000001", note="It is known.")
    shown = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme}
    page = visit("On-call", "/admin/problems/", **shown)
    expect(page.locator(".problems tbody tr")).to_have_count(2)
    Channel.objects.create(name="ops", scheme="slack", failing_since=clock.now(), error="no answer")
    for path in (
        *(f"problems/{place}" for place in ("", f"{taken_up.pk}/", "?show=resolved")),
        *("channels/", "eventlog/problemrule/"),
    ):
        page.goto(f"/admin/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert problems(page) == []
    page.goto(f"/admin/problems/{other.pk}/")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator(".subject-head .chip")).to_have_text("Acknowledged")
