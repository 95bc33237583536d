"""Every page for everybody: labels, contrast, keyboard, small screens, both themes."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from listeners.models import TaskRun
from tests.browser.conftest import Visit, all_of
from tests.browser.eventlog.conftest import Story

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.django_db(transaction=True)]

PHONE = {"width": 390, "height": 844}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


def addresses(story: Story) -> list[str]:
    """Every page of the log."""
    event = story.answer
    return [
        "/admin/",
        "/admin/webhooks/event/",
        f"/admin/webhooks/event/?driver_of={event.pk}&state=skipped&span=today",
        f"/admin/webhooks/event/{event.pk}/change/",
        f"/admin/webhooks/event/{story.lost.pk}/change/",
        f"/admin/webhooks/event/{event.pk}/history/",
        "/admin/webhooks/delivery/",
        f"/admin/webhooks/delivery/{event.delivery_id}/change/",
        f"/admin/chat/{event.pk}/",
        "/admin/waiting/",
        "/admin/never-arrived/",
        "/admin/listeners/taskrun/",
        f"/admin/listeners/taskrun/{TaskRun.objects.earliest('pk').pk}/change/",
        "/admin/listeners/placement/",
        "/admin/eventlog/driftcount/",
    ]


def violations(page: Page) -> list[str]:
    """What axe finds wrong with a page, as `rule: element`."""
    page.wait_for_load_state()
    # A stylesheet of Django's forms imports another, which axe would look for in the wrong place.
    imports = page.locator("link[href$='forms.css']").count() > 0
    found: dict[str, Any] = Axe().run(page, options=RULES | {"preload": not imports}).response
    return [
        f"{rule['id']}: {node['target'][0]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong(story: Story, visit: Visit, scheme: str) -> None:
    page = visit("On-call", "/admin/", color_scheme=scheme)
    wrong: dict[str, list[str]] = {}
    for address in addresses(story):
        page.goto(address)
        wrong[address] = violations(page)
    page.get_by_role("searchbox").first.fill("nothing")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_text("Nothing in the log has this name")).to_be_visible()
    wrong["find"] = violations(page)
    assert {address: found for address, found in wrong.items() if found} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_users_can_be_read(visit: Visit, scheme: str) -> None:
    page = visit("Support", "/admin/", color_scheme=scheme)
    User.objects.update(is_superuser=True)
    user = User.objects.get()
    wrong: dict[str, list[str]] = {}
    for path in ("", "add/", f"{user.pk}/change/", f"{user.pk}/history/"):
        page.goto(f"/admin/auth/user/{path}")
        # The rest of their markup is Django's.
        wrong[path] = [each for each in violations(page) if each.startswith("color-contrast")]
    assert {path: found for path, found in wrong.items() if found} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_heading_is_in_the_colour_of_its_ground(visit: Visit, scheme: str) -> None:
    page = visit("Support", "/admin/", color_scheme=scheme)
    User.objects.update(is_superuser=True)
    addresses = [f"/admin/auth/user/{User.objects.get().pk}/change/", "/admin/webhooks/delivery/"]
    contrasts: dict[str, float] = {}
    for address in addresses:
        page.goto(address)
        contrasts |= page.locator("#content h2:visible").evaluate_all(CONTRAST)
    assert len(contrasts) >= 5
    assert {words: found for words, found in contrasts.items() if found < 4.5} == {}


# The contrast of each heading with the nearest ground behind it, by WCAG's formula.
CONTRAST = """headings => {
  const channels = colour => colour.match(/[0-9.]+/g).map(Number);
  const ground = node => {
    for (; node; node = node.parentElement) {
      const found = channels(getComputedStyle(node).backgroundColor);
      if (found.length < 4 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const light = ([red, green, blue]) => [red, green, blue].map(channel => channel / 255).map(
    part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  ).reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  return Object.fromEntries(headings.map(heading => {
    const two = [light(channels(getComputedStyle(heading).color)), light(ground(heading))];
    return [heading.textContent.trim(), (Math.max(...two) + 0.05) / (Math.min(...two) + 0.05)];
  }));
}"""


# Axe cannot tell whether words in the very colour of their ground are meant to be seen.
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_words_of_a_button_stand_out(story: Story, visit: Visit, scheme: str) -> None:
    address = f"/admin/webhooks/event/{story.lost.pk}/change/"
    page = visit("On-call", address, color_scheme=scheme)
    button = page.get_by_role("link", name="Replay…", exact=True)
    colours = "link => [getComputedStyle(link).color, getComputedStyle(link).backgroundColor]"
    assert button.evaluate(colours)[0] == "rgb(255, 255, 255)"
    button.hover()
    words, ground = button.evaluate(colours)
    assert words == "rgb(255, 255, 255)" != ground


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_the_login(visit: Visit, scheme: str) -> None:
    page = visit("Support", "/admin/", color_scheme=scheme)
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_text("Log in again")).to_be_visible()
    page.goto("/admin/login/")
    assert violations(page) == []


def test_nothing_is_wider_than_a_phone(story: Story, visit: Visit) -> None:
    page = visit("Support", "/admin/", viewport=PHONE)
    widths = {}
    for address in addresses(story):
        page.goto(address)
        widths[address] = page.evaluate("document.documentElement.scrollWidth")
    assert {address: width for address, width in widths.items() if width > PHONE["width"]} == {}


def test_the_keyboard_reaches_a_message(story: Story, visit: Visit) -> None:
    page = visit("Support", "/admin/webhooks/event/")
    page.keyboard.press("/")
    expect(page.locator("#find-header")).to_be_focused()
    page.keyboard.type("+44 7700 900456")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/event/\?driver_of=\d+$"))
    link = page.get_by_role("link", name="Text", exact=True)
    page.wait_for_load_state()
    for _ in all_of(page.locator("a, button, input, select, summary")):
        page.keyboard.press("Tab")
        if link.evaluate("link => link === document.activeElement"):
            break
    outline = link.evaluate("link => getComputedStyle(link).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Text")


def test_a_key_leads_to_the_search_box_of_the_front_page(story: Story, visit: Visit) -> None:
    page = visit("Support")
    page.keyboard.press("/")
    expect(page.locator("#find-front")).to_be_focused()


def test_a_menu_opens_and_closes_by_key(story: Story, visit: Visit) -> None:
    page = visit("Support", "/admin/webhooks/event/")
    menu = page.locator("details.menu", has_text="Reason").first
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(menu.get_by_role("link").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu.get_by_role("link").first).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()


def test_every_outcome_is_told_by_a_word_and_a_form(story: Story, visit: Visit) -> None:
    page = visit("Support", "/admin/webhooks/event/")
    for chip in all_of(page.locator("#result_list .chip")):
        assert chip.inner_text().strip() != ""
        expect(chip.locator("svg.icon")).to_have_attribute("aria-hidden", "true")
