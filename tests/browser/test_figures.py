"""The dashboard in a browser."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from eventlog.figures.rollups import roll_up
from eventlog.problems.rounds import look_round
from tests.browser.accessibility import problems
from tests.browser.conftest import Visit, all_of
from tests.eventlog.figures.ledger import make_event
from webhooks import clock
from webhooks.models import Event
from webhooks.outcomes import Reason

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.django_db(transaction=True)]

MINUTE = timedelta(minutes=1)
OTHER_NUMBER = "447700900111"


@pytest.fixture
def ledger() -> None:
    """An hour with eight events of two numbers."""
    now = datetime.now(UTC)
    reasons = [Reason.APPLIED] * 4 + [Reason.NO_ACTIVE_TRACKING] * 2 + [Reason.GAVE_UP]
    for number, reason in enumerate(reasons):
        make_event(reason, at=now - number * 5 * MINUTE)
    make_event(Reason.WAITING_FOR_MESSAGE, at=now - 7 * MINUTE, lease_number=OTHER_NUMBER)
    roll_up(clock=lambda: now, until=now + MINUTE)


def tile(page: Page, label: str) -> str:
    return page.locator(".tile", has_text=label).locator(".tile-value").inner_text()


def test_the_front_page_says_how_it_is_going(ledger: None, visit: Visit) -> None:
    page = visit("Support")
    assert [tile(page, label) for label in ("Received", "Processed", "Skipped", "Failed")] == [
        "8",
        "4",
        "2",
        "1",
    ]
    assert tile(page, "On their way") == "1"
    expect(page.get_by_text("8 items came in, 8 are accounted for")).to_be_visible()


def test_a_number_leads_to_its_events(ledger: None, visit: Visit) -> None:
    page = visit("Support")
    page.locator(".reasons a", has_text="No active tracking").click()
    expect(page.get_by_role("heading", name="Events")).to_be_visible()
    expect(page.locator("#result_list tbody tr")).to_have_count(2)
    page.go_back()
    page.locator(".tile", has_text="Failed").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(1)


def test_a_bar_leads_to_what_came_in_it(ledger: None, visit: Visit) -> None:
    page = visit("Support", "/admin/?stretch=day")
    page.locator(".chart-drawing a", has=page.locator("rect.ink-processed")).last.click()
    expect(page.get_by_role("heading", name="Events")).to_be_visible()
    rows = len(all_of(page.locator("#result_list tbody tr")))
    page.go_back()
    page.get_by_text("The same as a table").click()
    filled = page.locator(
        "#chart-table tbody tr", has=page.locator("td", has_text=re.compile("[1-9]"))
    )
    counts = [
        int(cell.inner_text()) for cell in all_of(filled.first.locator("td:not(:last-child)"))
    ]
    assert rows == sum(counts)
    filled.first.get_by_role("link").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(rows)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_box_scrolls_within_the_page_of_a_phone(ledger: None, visit: Visit, scheme: str) -> None:
    page = visit("Support", viewport={"width": 390, "height": 844}, color_scheme=scheme)
    for table in ("#chart-table", "#rhythm-table"):
        page.locator(f"{table} summary").click()
        box = page.locator(f"{table} .table-box")
        expect(box).to_be_visible()
        scrolls = "box => [box.scrollWidth - box.clientWidth, box.scrollHeight - box.clientHeight]"
        assert (table, box.evaluate(scrolls)) == (table, [0, 0])
    expect(page.locator("#chart-table thead")).to_be_hidden()
    row = page.locator("#chart-table tbody tr", has_text="1").locator('[data-label="Processed"]')
    expect(row.first).to_be_visible()
    assert problems(page) == []


def test_the_menu_is_beside_the_page_or_a_touch_away(visit: Visit) -> None:
    page = visit("Support")
    expect(page.locator("#nav-sidebar").get_by_role("link", name="Waiting list")).to_be_visible()
    expect(page.locator(".front-menu")).to_be_hidden()
    phone = visit("Support", "/admin/waiting/", viewport={"width": 390, "height": 844})
    phone.get_by_role("link", name="Menu").click()
    link = phone.locator(".front-menu").get_by_role("link", name="Waiting list")
    expect(link).to_be_in_viewport()


def test_the_oldest_open_event_is_one_click_away(ledger: None, visit: Visit) -> None:
    page = visit("Support")
    page.locator(".tile", has_text="Oldest open").click()
    waiting = Event.objects.get(state="waiting")
    expect(page).to_have_url(re.compile(f"/{waiting.pk}/change/$"))


def test_day_and_week_are_a_click_away(ledger: None, visit: Visit) -> None:
    page = visit("Support")
    for label, bars in (("Last day", 96), ("Last week", 168), ("Last hour", 60)):
        page.get_by_role("link", name=label).click()
        expect(page.locator(".chart-drawing a")).to_have_count(bars)
        assert tile(page, "Received") == "8"


def test_one_number_can_be_chosen_and_stays_chosen(ledger: None, visit: Visit) -> None:
    page = visit("Support")
    page.get_by_label("Lease number").select_option(OTHER_NUMBER)
    expect(page.locator(".tile", has_text="Received").locator(".tile-value")).to_have_text("1")
    assert OTHER_NUMBER not in page.url
    page.get_by_role("link", name="Last day").click()
    expect(page.locator(".tile", has_text="Received").locator(".tile-value")).to_have_text("1")
    expect(page.get_by_label("Lease number").locator("option:checked")).to_have_text(OTHER_NUMBER)


def test_it_keeps_itself_up_to_date_without_closing_what_is_open(
    ledger: None, visit: Visit
) -> None:
    page = visit("Support")
    summary = page.get_by_text("The same as a table")
    summary.click()
    make_event(Reason.REFUSED, at=datetime.now(UTC))
    expect(page.locator(".tile", has_text="Failed").locator(".tile-value")).to_have_text("2")
    expect(page.locator("#chart-table table")).to_be_visible()
    expect(summary).to_be_focused()


def test_it_keeps_itself_up_to_date_under_the_hands_of_its_reader(
    ledger: None, visit: Visit
) -> None:
    page = visit("Support")
    line = page.locator(".reasons a", has_text="No active tracking")
    line.focus()
    make_event(Reason.REFUSED, at=datetime.now(UTC))
    make_event(Reason.NO_ACTIVE_TRACKING, at=datetime.now(UTC))
    expect(page.locator(".reasons a", has_text="Refused")).to_be_visible()
    expect(line.locator(".count")).to_have_text("3")
    expect(line).to_be_focused()


def test_what_went_wrong_is_of_the_number_that_is_chosen(ledger: None, visit: Visit) -> None:
    look_round(now=clock.now())
    page = visit("Support")
    expect(page.locator(".reasons .count")).to_have_text(["1", "2"])
    page.get_by_label("Lease number").select_option(OTHER_NUMBER)
    expect(page.get_by_text("No event has ended without being applied")).to_be_visible()
    make_event(Reason.REFUSED, at=datetime.now(UTC), lease_number=OTHER_NUMBER)
    expect(page.locator(".reasons a")).to_have_text(re.compile("Refused"))
    expect(page.get_by_text("No active tracking")).to_have_count(0)


def test_what_is_on_its_way_leads_to_the_waiting_list(ledger: None, visit: Visit) -> None:
    page = visit("Support")
    page.locator(".tile", has_text="On their way").click()
    expect(page.get_by_role("heading", name="Waiting list")).to_be_visible()


def test_the_longest_age_fits_its_tile(ledger: None, visit: Visit) -> None:
    waiting = Event.objects.get(state="waiting")
    Event.objects.filter(pk=waiting.pk).update(received_at=datetime.now(UTC) - 59 * MINUTE)
    page = visit("Support", viewport={"width": 1280, "height": 844})
    age = page.locator(".tile-duration .tile-value")
    expect(age).to_have_text(re.compile("^(59 min|1 h)"))
    room, needed = age.evaluate(
        """age => {
          age.textContent = "59 min 59 s";  // whatever time it is by now
          const words = document.createRange();
          words.selectNodeContents(age);
          return [age.clientWidth, words.getBoundingClientRect().width];
        }"""
    )
    assert room - needed >= 8


def test_the_table_says_what_the_bars_say(ledger: None, visit: Visit) -> None:
    page = visit("Support", "/admin/?stretch=day")
    page.get_by_text("The same as a table").click()
    cells = all_of(page.locator("#chart-table tbody td:not(:last-child)"))
    assert sum(int(cell.inner_text()) for cell in cells) == 8


def test_a_silent_number_is_named(visit: Visit) -> None:
    now = datetime.now(UTC)
    for week in (1, 2, 3):
        for minutes in range(0, 120, 10):
            make_event(at=now - timedelta(weeks=week) - minutes * MINUTE)
    make_event(at=now - timedelta(minutes=100))
    roll_up(clock=lambda: now, until=now + MINUTE)
    page = visit("Support")
    expect(page.locator(".silent")).to_contain_text("has been silent for 1 h 40 min")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_its_window(ledger: None, visit: Visit, scheme: str, width: int) -> None:
    page = visit("Support", viewport={"width": width, "height": 844}, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible(ledger: None, visit: Visit, scheme: str) -> None:
    page = visit("Support", "/admin/?stretch=day", color_scheme=scheme)
    page.get_by_text("The same as a table").click()
    assert problems(page) == []
