"""How the pages use their window: nothing is cut off and nothing is out of sight."""

from datetime import timedelta

import pytest
from django.db.models import F
from playwright.sync_api import Page, expect

from listeners.models import TaskRun
from tests.browser.conftest import Visit, all_of
from tests.browser.eventlog.conftest import Story
from webhooks.models import Event

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.django_db(transaction=True)]

PHONE = {"width": 390, "height": 844}
LISTS = (
    "/admin/webhooks/event/",
    "/admin/waiting/",
    "/admin/never-arrived/",
    "/admin/webhooks/delivery/{delivery}/change/",
)
DESKTOP = {"width": 1280, "height": 900}


def page_width(page: Page) -> int:
    """How wide the page is, with what runs off its edge."""
    width: int = page.evaluate("document.documentElement.scrollWidth")
    return width


@pytest.mark.parametrize("size", [DESKTOP, {"width": 800, "height": 900}, PHONE])
def test_an_open_menu_stays_in_the_window(story: Story, visit: Visit, size: dict[str, int]) -> None:
    page = visit("On-call", "/admin/webhooks/event/", viewport=size)
    if size == PHONE:
        page.get_by_text("Filters", exact=True).click()
    widths = {}
    for menu in all_of(page.locator("details.menu > summary")):
        menu.click()
        widths[menu.inner_text()] = page_width(page)
        page.keyboard.press("Escape")
    assert len(widths) > 5
    assert {name: width for name, width in widths.items() if width > size["width"]} == {}


def test_a_menu_is_in_its_place_before_it_is_drawn(story: Story, visit: Visit) -> None:
    page = visit("On-call", "/admin/webhooks/event/", viewport=DESKTOP)
    widths = page.evaluate("""async () => {
        const widths = [];
        for (const menu of document.querySelectorAll("details.menu")) {
            menu.open = true;
            await Promise.resolve();
            widths.push(document.documentElement.scrollWidth);
            menu.open = false;
        }
        return widths;
    }""")
    assert len(widths) > 5
    assert max(widths) <= DESKTOP["width"]


def test_no_table_is_cut_off_beside_the_menu(story: Story, visit: Visit) -> None:
    delivery = story.answer.delivery_id
    Event.objects.exclude(enquiry_id="").update(enquiry_id="4k9ZqJ0fWm2XbTn8sRvC")
    Event.objects.update(delivery=delivery, position=F("id") + 1000)
    Event.objects.filter(pk=story.waiting.pk).update(
        received_at=story.waiting.received_at - timedelta(minutes=49, seconds=59),
        check_at=story.waiting.received_at - timedelta(minutes=48, seconds=59),
    )
    Event.objects.filter(pk=story.early.pk).update(
        settled_at=story.early.received_at + timedelta(minutes=59, seconds=59),
        name="failed",
        error_code=131026,
    )
    Event.objects.filter(pk=story.lost.pk).update(
        reopenings=1, reopened_at=story.lost.received_at + timedelta(minutes=1)
    )
    page = visit("On-call", "/admin/", viewport=DESKTOP)
    hidden = {}
    for address in LISTS:
        page.goto(address.format(delivery=delivery))
        expect(page.locator("#nav-sidebar")).to_be_visible()
        hidden[address] = page.locator(".table-box").evaluate(
            "box => box.scrollWidth - box.clientWidth"
        )
    assert hidden == dict.fromkeys(LISTS, 0)


def test_a_reaction_leaves_the_tick_in_sight(story: Story, visit: Visit) -> None:
    page = visit("Support", f"/admin/chat/{story.answer.pk}/")
    bubble = page.locator(".bubble.outbound", has=page.locator(".reactions"))
    foot, reactions = (bubble.locator(part).bounding_box() for part in (".foot", ".reactions"))
    assert foot
    assert reactions
    assert reactions["y"] >= foot["y"] + foot["height"]


@pytest.mark.parametrize(
    "address", ["/admin/password_change/", "/admin/listeners/taskrun/{run}/change/"]
)
def test_no_field_is_cut_off_on_a_phone(story: Story, visit: Visit, address: str) -> None:
    page = visit("Support", address.format(run=TaskRun.objects.latest("pk").pk), viewport=PHONE)
    rows = all_of(page.locator(".form-row"))
    assert len(rows) > 2
    assert {row.evaluate("row => row.scrollWidth - row.clientWidth") for row in rows} == {0}


def test_every_choice_of_a_filter_is_in_sight_on_a_phone(story: Story, visit: Visit) -> None:
    page = visit("Support", "/admin/webhooks/event/", viewport=PHONE)
    page.get_by_text("Filters", exact=True).click()
    edges = [pill.bounding_box() for pill in all_of(page.locator(".filters .pill"))]
    assert [box for box in edges if not box or box["x"] + box["width"] > PHONE["width"]] == []
