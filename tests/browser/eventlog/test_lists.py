"""Lists of events: a line for each, colour where there is trouble, filters folded on a phone."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.db.models import F
from django.utils import timezone
from playwright.sync_api import Locator, Page, ViewportSize, expect

from eventlog.models import DriftCount
from listeners.models import TaskRun, UnknownDelivery, UnreadableTask
from tests.browser.accessibility import problems
from tests.browser.conftest import Visit, all_of
from tests.rows import NOON, make_event
from webhooks.alias import Alias
from webhooks.models import Event, RefusalCount
from webhooks.outcomes import Reason, State
from webhooks.whatsapp.items import Kind

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.django_db(transaction=True)]

LIST = "/admin/webhooks/event/"
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
ONE_LINE = 40  # pixels
RARE = (
    "eventlog/driftcount",
    "webhooks/alias",
    "listeners/unknowndelivery",
    "listeners/unreadabletask",
)
OPEN = (("unknowndelivery", "Open: what it held may be lost"), ("unreadabletask", "Open"))
OTHERS = {  # lists, each with a column that a table has at its right edge
    "webhooks/delivery": "Bytes",
    "webhooks/refusalcount": "Count",
    "listeners/taskrun": "Delivery",
}


@pytest.fixture
def events(transactional_db: None) -> None:
    """One event of each state, with a reason that is too long for its column."""
    reasons = {reason.state: reason for reason in Reason}
    for place, state in enumerate(State):
        make_event(
            state=state,
            reason=reasons.get(state, Reason.NONE),
            detail="of something that takes more room than there is",
            enquiry_id="4k9ZqJ0fWm2XbTn8sRvC",
            received_at=NOON + timedelta(seconds=place),
        )


def coloured(page: Page) -> set[str]:
    """The outcomes that stand on a ground of their own colour."""
    return {
        chip.inner_text()
        for chip in all_of(page.locator("#result_list .chip"))
        if chip.evaluate("chip => getComputedStyle(chip).backgroundColor") != "rgba(0, 0, 0, 0)"
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_row_is_a_line_and_coloured_in_trouble_alone(
    events: None, visit: Visit, scheme: str
) -> None:
    page = visit("On-call", LIST, viewport=DESKTOP, color_scheme=scheme)
    rows = all_of(page.locator("#result_list tbody tr"))
    assert len(rows) == len(State)
    assert [row.inner_text() for row in rows if _height(row) > ONE_LINE] == []
    assert coloured(page) == {"Skipped", "Failed"}
    assert problems(page) == []


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_an_item_on_the_page_of_its_delivery_is_as_low_as_in_the_list(
    transactional_db: None, visit: Visit, viewport: ViewportSize
) -> None:
    event = make_event(
        kind=Kind.STATUS,
        name="read",
        message_id="wamid.A",
        settled_at=NOON + timedelta(milliseconds=32),
    )
    page = visit("On-call", LIST, viewport=viewport)
    height = _height(page.locator("#result_list tbody tr"))
    page.goto(page.url.replace(LIST, f"/admin/webhooks/delivery/{event.delivery_id}/change/"))
    row = page.locator("#result_list tbody tr")
    assert _height(row) <= height
    what = row.locator(".what")
    expect(what).to_contain_text("#")
    assert what.evaluate("cell => cell.scrollWidth - cell.clientWidth") == 0  # nothing is cut off


def test_groups_stand_beside_their_boxes(transactional_db: None, visit: Visit) -> None:
    page = visit("On-call", LIST, viewport=DESKTOP)
    User.objects.update(is_superuser=True)
    page.goto(page.url.replace(LIST, "/admin/auth/group/"))
    box = page.locator("#result_list tbody tr").first.locator(".action-checkbox")
    assert box.evaluate("cell => cell.clientWidth") < 2 * ONE_LINE


def _height(row: Locator) -> float:
    height: float = row.evaluate("row => row.getBoundingClientRect().height")
    return height


def test_filters_are_folded_on_a_phone_and_what_they_are_set_to_is_not(
    events: None, visit: Visit
) -> None:
    page = visit("On-call", f"{LIST}?state=failed&code=131049", viewport=PHONE)
    summary = page.locator(".fold > summary")
    choice = page.get_by_role("link", name="Skipped")
    expect(choice).to_be_hidden()
    expect(page.locator(".tags")).to_contain_text("131049")
    assert problems(page) == []
    summary.click()
    expect(choice).to_be_visible()
    assert problems(page) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    expect(summary).to_be_hidden()
    page.reload()
    expect(choice).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_row_of_any_list_fits_a_phone_and_names_what_it_says(
    events: None, visit: Visit, scheme: str
) -> None:
    RefusalCount.objects.create(day=NOON, cause="mismatch")
    delivery = Event.objects.latest("pk").delivery
    TaskRun.objects.create(
        delivery=delivery, started_at=NOON, finished_at=NOON, result="done", error="x" * 90
    )
    page = visit("On-call", viewport=PHONE, color_scheme=scheme)
    cut, unnamed = {}, {}
    for address, column in OTHERS.items():
        page.goto(f"/admin/{address}/")
        box = page.locator(".table-box")
        cut[address] = box.evaluate("box => box.scrollWidth - box.clientWidth")
        cell = page.locator(f'#result_list [data-label="{column}"]').first
        unnamed[address] = cell.evaluate("cell => getComputedStyle(cell, '::before').content")
        expect(page.locator("#result_list thead")).to_be_hidden()
        assert problems(page) == []
    assert cut == dict.fromkeys(OTHERS, 0)
    assert unnamed == {
        address: f'"{column}:\N{NO-BREAK SPACE}"' for address, column in OTHERS.items()
    }


@pytest.fixture
def rarely_seen(transactional_db: None) -> None:
    """What somebody has to see to, with words as long as they come."""
    delivery = make_event().delivery
    DriftCount.objects.create(
        departure="unknown_word",
        path="entry[].changes[].value.messages[].interactive.nfm_reply.response_json.flow_token",
        shape="referral_conversion",
        count=1_234_567,
        first_at=NOON,
        last_at=NOON,
        delivery_id=UUID(int=7),
    )
    for undone in (None, NOON):
        Alias.objects.create(
            lease_number="15550783881",
            previous_number="447700900111",
            previous_user_id="GB.12345678901234567890",
            number="447700900222",
            user_id="GB.09876543210987654321",
            changed_at=undone or NOON - timedelta(days=400),
            noted_at=NOON,
            delivery=delivery,
            position=0,
            undone_at=undone,
            undone_by_name="somebody.with.a.long.name" if undone else "",
        )
    seen = {"first_seen_at": NOON, "last_seen_at": NOON, "seen": 12_345}
    UnknownDelivery.objects.create(delivery=UUID(int=8), **seen)
    UnreadableTask.objects.create(digest="e3b0c442" * 8, body=b"{", size=1, **seen)


@pytest.mark.parametrize(("screen", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_lists_of_what_is_rare_fit_and_read_like_the_others(
    rarely_seen: None, visit: Visit, screen: ViewportSize, scheme: str
) -> None:
    page = visit("On-call", viewport=screen, color_scheme=scheme)
    cut = {}
    for address in RARE:
        page.goto(f"/admin/{address}/")
        box = page.locator(".table-box")
        cut[address] = box.evaluate("box => box.scrollWidth - box.clientWidth")
        assert problems(page) == []
    assert cut == dict.fromkeys(RARE, 0)
    page.goto("/admin/eventlog/driftcount/")
    where = page.locator("#result_list .field-where")
    expect(where).to_contain_text("flow_token Unknown word: referral_conversion")
    path, words = (where.locator(each).bounding_box() for each in ("code", ".second"))
    assert path is not None
    assert words is not None
    assert words["y"] >= path["y"] + path["height"] - 1
    for address, state in OPEN:
        page.goto(f"/admin/listeners/{address}/")
        expect(page.locator("#result_list .chip")).to_have_text(state)
        assert coloured(page) == {state}


def test_actions_come_with_the_first_tick_on_a_phone_and_move_no_row(
    events: None, visit: Visit
) -> None:
    page = visit("On-call", LIST, viewport=PHONE)
    first = page.locator("#result_list .action-select").first
    expect(page.locator(".actions")).to_be_hidden()
    before = first.bounding_box()
    first.check()
    expect(page.locator(".actions")).to_be_in_viewport()
    assert first.bounding_box() == before


def test_new_events_are_told_and_move_no_row(events: None, visit: Visit) -> None:
    page = visit("On-call", f"{LIST}?state=failed&state=skipped", viewport=DESKTOP)
    first = page.locator("#result_list tbody tr").first
    before = (first.inner_text(), first.bounding_box())
    make_event(state="failed", reason="malformed", received_at=timezone.now())
    make_event(received_at=timezone.now())
    news = page.get_by_role("link", name="1 new event")
    expect(news).to_be_visible()
    assert (first.inner_text(), first.bounding_box()) == before
    assert problems(page) == []
    news.click()
    page.wait_for_load_state()
    expect(page.locator("#result_list tbody tr")).to_have_count(3)
    expect(page.locator(".hits")).to_have_text("3 events")
    expect(page.locator("#new-events")).to_be_empty()


def test_a_bound_of_ones_own_can_be_typed(events: None, visit: Visit) -> None:
    Event.objects.filter(state="failed").update(settled_at=F("received_at") + timedelta(seconds=91))
    page = visit("On-call", f"{LIST}?state=failed&state=skipped", viewport=DESKTOP)
    page.locator("details.menu summary", has_text="Took").click()
    page.locator("input[name=took]").fill("90s")
    page.locator("details.menu[open] button").click()
    page.wait_for_load_state()
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    assert page.url.endswith("?state=failed&state=skipped&took=90s")
    page.get_by_role("link", name="Any took").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(2)
