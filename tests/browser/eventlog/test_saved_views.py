"""Saved views in a browser: saved, shown above the list, and changed, also on a phone."""

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import problems
from tests.browser.conftest import Visit

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.django_db(transaction=True)]

LIST = "/admin/webhooks/event/"
PHONE = {"width": 390, "height": 844}


@pytest.mark.parametrize(
    "options",
    [{"color_scheme": "light"}, {"color_scheme": "dark", "viewport": PHONE}],
    ids=["desktop", "phone"],
)
def test_what_a_list_shows_is_kept_under_a_name(visit: Visit, options: dict[str, object]) -> None:
    page = visit("On-call", f"{LIST}?state=failed&span=today", **options)
    menu = page.locator("summary", has_text="Save this view")
    menu.click()
    page.get_by_label("Name").fill("Failed on +1 555 078 3881")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("no number of seven or more digits")
    assert problems(page) == []
    page.get_by_label("Name").fill("Failed today")
    page.get_by_label("Who sees it").select_option("On-call and me")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".messagelist")).to_contain_text("Saved as “Failed today”.")
    views = page.get_by_role("navigation", name="Saved views")
    views.get_by_role("link", name="All", exact=True).click()
    expect(views.get_by_role("link", name="All", exact=True)).to_have_attribute(
        "aria-current", "true"
    )
    views.get_by_role("link", name="Failed today").click()
    expect(page).to_have_url(f"{page.url.partition('/admin')[0]}{LIST}?state=failed&span=today")
    expect(views.get_by_role("link", name="Failed today")).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="Manage views").click()
    assert problems(page) == []
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"] if page.viewport_size else False
    page.get_by_text("Delete…").click()
    page.get_by_role("button", name="Delete Failed today").click()
    expect(page.get_by_role("heading", name="No view is saved yet")).to_be_visible()
