"""Other names of a driver, on the pages where people look for one, and undoing them."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from sandbox.samples import system, text, wamid
from tests.browser.conftest import Visit
from tests.browser.eventlog.conftest import DRIVER, USER_ID
from tests.browser.eventlog.test_accessibility import PHONE, violations
from tests.platform import Platform
from webhooks.alias import Alias
from webhooks.models import Event

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.django_db(transaction=True)]

NUMBERS = (DRIVER, "447700900124", "447700900125")
USER_IDS = (USER_ID, "GB.4477009001240001", "GB.4477009001250001")


@pytest.fixture
def event(platform: Platform) -> Event:
    """A text of a driver who has had three numbers, under the second."""
    platform.track("ENQ-7", lease_id="northfleet", driverMobileNumber=f"+{DRIVER}")
    for old, new in ((0, 1), (1, 2)):
        platform.now += timedelta(minutes=1)
        told = system(
            message_id=wamid(NUMBERS[new], new),
            number=NUMBERS[old],
            timestamp=int(platform.now.timestamp()),
            wa_id=NUMBERS[new],
            user_id=USER_IDS[new],
            previous_user_id=USER_IDS[old],
        )
        assert platform.deliver(told, contacts=[]) == [("ignored", "identity_noted")]
        platform.now += timedelta(seconds=9)
        now = int(platform.now.timestamp())
        names: dict[str, Any] = {"number": NUMBERS[new], "user_id": USER_IDS[new]}
        platform.deliver(
            text(message_id=wamid(NUMBERS[new], 9), timestamp=now, **names), contacts=[]
        )
    return Event.objects.get(kind="text", person_number=NUMBERS[1])


def addresses(event: Event) -> list[str]:
    """Every page that tells of aliases."""
    return [
        f"/admin/webhooks/event/{event.pk}/change/",
        f"/admin/webhooks/event/?driver_of={event.pk}",
        "/admin/webhooks/alias/",
        f"/admin/webhooks/alias/{Alias.objects.earliest('pk').pk}/change/",
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong(event: Event, visit: Visit, scheme: str) -> None:
    page = visit("On-call", "/admin/", color_scheme=scheme)
    wrong: dict[str, list[str]] = {}
    for address in addresses(event):
        page.goto(address)
        wrong[address] = violations(page)
    assert {address: found for address, found in wrong.items() if found} == {}


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1280, "height": 900}])
def test_a_click_undoes_it(event: Event, visit: Visit, viewport: dict[str, int]) -> None:
    page = visit("On-call", addresses(event)[0], viewport=viewport)
    before = page.locator(".facts div").filter(has_text="Wrote as")
    expect(before).to_contain_text("123")
    expect(page.locator(".facts div").filter(has_text="Writes as")).to_contain_text("125")
    before.get_by_role("button", name="Undo").click()
    expect(before).to_contain_text("undone by On-call")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(addresses(event)[1])
    names = page.get_by_role("list", name="Other names of the driver")
    expect(names.get_by_role("listitem")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_who_may_not_has_no_button(event: Event, visit: Visit) -> None:
    page = visit("Support", addresses(event)[0])
    expect(page.locator(".facts")).to_contain_text("Wrote as")
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
