"""Lists by the keyboard alone: from row to row, into an event, on to the next, and back."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accessibility import problems
from tests.browser.conftest import Visit
from tests.browser.eventlog.conftest import Story

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.django_db(transaction=True)]

LIST = "/admin/webhooks/event/"


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def row(page: Page, place: int) -> Locator:
    return page.locator("#result_list tbody tr").nth(place).locator("th a")


def test_the_focus_goes_from_row_to_row(story: Story, visit: Visit) -> None:
    page = visit("On-call", LIST)
    said = page.locator("#keys-said")
    press(page, "j", "j", "j", "k")
    expect(row(page, 1)).to_be_focused()
    assert row(page, 1).evaluate("link => getComputedStyle(link).outlineStyle") == "solid"
    expect(said).to_have_text(re.compile(r"^Row 2 of \d+$"))
    press(page, "k", "k")
    expect(row(page, 0)).to_be_focused()
    expect(said).to_have_text("That was the first row")
    page.locator("#result_list .action-select").nth(2).click()
    press(page, "j")
    expect(row(page, 3)).to_be_focused()


def test_an_event_leads_on_and_back(story: Story, visit: Visit) -> None:
    page = visit("Support", f"{LIST}?state=processed")
    press(page, "j", "j", "Enter")
    expect(page).to_have_url(re.compile(r"/event/\d+/change/\?list=state%3Dprocessed$"))
    second = page.url
    press(page, "n")
    expect(page).not_to_have_url(second)
    expect(page.get_by_role("link", name="Newer")).to_have_attribute("rel", "prev")
    third = page.url
    press(page, "p")
    expect(page).not_to_have_url(third)
    press(page, "p")
    expect(page.get_by_role("link", name="Newer")).to_have_count(0)
    press(page, "u")
    expect(page.get_by_role("heading", level=1)).to_have_text("Events")
    expect(row(page, 0)).to_be_focused()


def test_without_a_list_one_comes_back_to_all_events(story: Story, visit: Visit) -> None:
    page = visit("Support", f"{LIST}{story.answer.pk}/change/")
    expect(page.get_by_role("link", name="Back to the list")).to_have_count(0)
    press(page, "u")
    expect(page).to_have_url(re.compile(f"{LIST}$"))


def test_nobody_who_types_or_means_something_else_is_led_away(story: Story, visit: Visit) -> None:
    page = visit("Support", LIST)
    page.locator("#find-header").focus()
    page.keyboard.type("jkunp/?")
    expect(page.locator("#find-header")).to_have_value("jkunp/?")
    expect(page.locator("#keys-help")).to_be_hidden()
    page.locator("#find-header").blur()
    press(page, "Control+j", "Alt+k", "Meta+j")
    expect(page.locator("#keys-said")).to_have_text("")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_keys_are_told_and_can_be_turned_off(story: Story, visit: Visit, scheme: str) -> None:
    page = visit("Support", LIST, color_scheme=scheme)
    press(page, "?")
    help_box = page.get_by_role("dialog", name="Keys")
    expect(help_box).to_be_visible()
    assert problems(page) == []
    press(page, "j")
    expect(page.locator("#keys-said")).to_have_text("")
    help_box.get_by_label("Keys work in this browser").uncheck()
    press(page, "Escape")
    expect(help_box).to_be_hidden()
    page.reload()
    press(page, "j", "?")
    expect(page.locator("#keys-said")).to_have_text("")
    expect(help_box).to_be_hidden()
    page.get_by_role("button", name="Keys").click()
    help_box.get_by_label("Keys work in this browser").check()
    help_box.get_by_role("button", name="Done").click()
    press(page, "j")
    expect(row(page, 0)).to_be_focused()
