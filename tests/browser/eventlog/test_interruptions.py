"""What happens to somebody whose login ends, whose page is old, or whose clock is another."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.eventlog.conftest import STRANGER, Story
from tests.browser.eventlog.test_accessibility import violations

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.django_db(transaction=True)]

PASSWORD = "correct horse battery staple"


def end_login(page: Page) -> None:
    """The session ends while the page is open; the token of its forms stays."""
    page.context.clear_cookies(name="sessionid")


def log_in(page: Page, group: str) -> None:
    """Logs in on the page that asks for it."""
    user = User.objects.get(username=group)
    user.set_password(PASSWORD)
    user.save()
    page.get_by_label("Username").fill(group)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_search_goes_on_after_the_login(story: Story, visit: Visit, scheme: str) -> None:
    page = visit("Support", color_scheme=scheme)
    end_login(page)
    page.locator("#find-front").fill(f"+{STRANGER}")
    page.locator(".find-front").get_by_role("button", name="Find").click()
    expect(page.get_by_role("status")).to_contain_text("log in to go on with it")
    assert violations(page) == []
    log_in(page, "Support")
    expect(page).to_have_url(re.compile(rf"/event/\?driver_of={story.lost.pk}$"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_reveal_goes_on_after_the_login_if_one_still_wants_it(
    story: Story, visit: Visit, scheme: str
) -> None:
    page = visit("On-call", f"/admin/webhooks/event/{story.answer.pk}/change/", color_scheme=scheme)
    end_login(page)
    page.get_by_role("button", name="Reveal for 5 minutes").click()
    log_in(page, "On-call")
    expect(page.get_by_role("heading", name="You are logged in again")).to_be_visible()
    assert violations(page) == []
    assert LogEntry.objects.count() == 0
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("blockquote")).to_have_text("Yes, Tuesday is fine.")


def test_a_page_from_before_the_login_sends_again(
    story: Story, visit: Visit, complaints: list[str]
) -> None:
    page = visit("Support")
    page.context.clear_cookies(name="csrftoken")
    page.locator("#find-front").fill(STRANGER)
    page.locator(".find-front").get_by_role("button", name="Find").click()
    # The search is sent again by itself, with a token of now.
    expect(page).to_have_url(re.compile(rf"/event/\?driver_of={story.lost.pk}$"))
    assert [words for words in complaints if "403" not in words] == []
    complaints.clear()


def test_an_old_address_of_a_form_leads_to_the_front_page(story: Story, visit: Visit) -> None:
    page = visit("Support")
    end_login(page)
    page.goto("/admin/find/")
    log_in(page, "Support")
    expect(page).to_have_url(re.compile("/admin/$"))


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_is_wrong_reloads_nothing(story: Story, visit: Visit, hours: int) -> None:
    page = visit("On-call", f"/admin/webhooks/event/{story.answer.pk}/change/")
    page.clock.set_system_time(datetime.now(UTC) + timedelta(hours=hours))
    page.get_by_role("button", name="Reveal for 5 minutes").click()
    expect(page.locator("blockquote")).to_have_text("Yes, Tuesday is fine.")
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    page.wait_for_timeout(2500)  # a reload was due after half a second
    assert loads == []


def test_bytes_that_are_masked_again_lead_back(story: Story, visit: Visit) -> None:
    page = visit("On-call", f"/admin/webhooks/delivery/{story.answer.delivery_id}/change/")
    page.get_by_role("button", name="Reveal for 5 minutes").click()
    link = page.get_by_role("link", name="Download")
    with page.expect_download():
        link.click()
    page.request.post(
        f"/admin/reveal/delivery/{story.answer.delivery_id}/",
        form={
            "hide": "1",
            "csrfmiddlewaretoken": page.locator("[name=csrfmiddlewaretoken]").first.input_value(),
        },
    )
    link.click()
    expect(page.locator(".messagelist")).to_contain_text("Reveal them, then download them.")
