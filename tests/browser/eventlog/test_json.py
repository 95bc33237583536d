"""A payload to fold, to find one's way in and to copy."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import problems
from tests.browser.conftest import Visit
from tests.browser.eventlog.conftest import Story
from webhooks.models import Delivery, Event

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.django_db(transaction=True)]

PHONE = {"width": 390, "height": 844}
WITHOUT_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', {value: undefined})"
PASTED = """async () => {
  const box = document.body.appendChild(document.createElement("textarea"));
  box.focus();
  return navigator.clipboard.readText();
}"""


def address(event: Event) -> str:
    """The page of an event's delivery, at its item."""
    return f"/admin/webhooks/delivery/{event.delivery_id}/change/?item=1#item"


def reveal(page: Page) -> None:
    page.get_by_role("button", name="Reveal for 5 minutes").click()
    expect(page.get_by_role("button", name="Hide now")).to_be_visible()


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_click_copies_every_byte(story: Story, visit: Visit, by_hand: bool) -> None:
    page = visit("On-call", address(story.answer))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    # The clipboard of a frame that has one tells what is in it.
    reader = page.context.new_page()
    reader.goto("/admin/")
    if by_hand:
        page.add_init_script(WITHOUT_CLIPBOARD)
    reveal(page)
    body = bytes(Delivery.objects.get(pk=story.answer.delivery_id).body or b"")
    page.get_by_role("button", name=f"Copy {len(body):,} bytes").click()
    expect(page.get_by_role("status").filter(has_text="Copied.")).to_be_visible()
    reader.bring_to_front()
    assert reader.evaluate(PASTED).encode() == body


def test_keys_fold_it(story: Story, visit: Visit) -> None:
    page = visit("Support", address(story.answer))
    expect(page.locator("#item")).to_be_in_viewport()
    summary = page.locator("#item > summary")
    field = page.locator("#item").get_by_text('"timestamp"')
    summary.focus()
    page.keyboard.press("Enter")
    expect(field).to_be_hidden()
    page.get_by_role("button", name="Unfold all").click()
    expect(field).to_be_visible()
    page.get_by_role("button", name="Fold all").click()
    expect(page.locator("#tree").get_by_text('"object"')).to_be_hidden()


def test_without_scripts_it_is_unfolded_at_the_item(story: Story, visit: Visit) -> None:
    page = visit("Support", address(story.photo), java_script_enabled=False, viewport=PHONE)
    expect(page.locator("#item")).to_be_in_viewport()
    expect(page.locator("#item").get_by_text('"mime_type"')).to_be_visible()
    expect(page.locator("[data-copies]")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_colours_can_be_read(story: Story, visit: Visit, scheme: str) -> None:
    page = visit("On-call", address(story.photo), color_scheme=scheme, viewport=PHONE)
    reveal(page)
    assert problems(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
