"""The questions that support asks, each answered in two clicks or fewer from the front page."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from eventlog.pages import reveal
from listeners.models import TaskRun
from tests.browser.conftest import Visit, all_of
from tests.browser.eventlog.conftest import ANSWER, DRIVER, EARLY, QUESTION, STRANGER, Story
from tests.platform import Platform
from webhooks.models import Delivery, Event
from webhooks.outcomes import Reason, State

REFRESH = 10_000  # milliseconds after which a part of a page has surely been fetched again

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.django_db(transaction=True)]


def find(page: Page, words: str) -> None:
    """Types into the search box of the front page; the click is the first of two."""
    page.locator("#find-front").fill(words)
    page.locator(".find-front").get_by_role("button", name="Find").click()


def event_link(page: Page, event: Event) -> Locator:
    """The event in the list."""
    return page.locator(f'#result_list a[href^="/admin/webhooks/event/{event.pk}/change/"]')


def expect_events(page: Page, *events: Event) -> None:
    """The list shows these events and no other, newest first."""
    links = page.locator("#result_list .what a")
    expect(links).to_have_count(len(events))
    for link, event in zip(all_of(links), events, strict=True):
        expect(link).to_have_attribute(
            "href", re.compile(rf"^/admin/webhooks/event/{event.pk}/change/\?list=")
        )


def test_1_what_became_of_a_message_that_nobody_saw(story: Story, visit: Visit) -> None:
    page = visit("Support")
    find(page, "+44 7700 900456")
    expect(page).to_have_url(re.compile(rf"/event/\?driver_of={story.lost.pk}$"))
    assert STRANGER not in page.url
    page.get_by_role("link", name="Text", exact=True).click()
    expect(page.locator(".subject-head .chip")).to_have_text("Skipped")
    expect(page.locator(".meaning")).to_contain_text(Reason.NO_ACTIVE_TRACKING.meaning)
    expect(page.locator(".advice")).to_contain_text("replay the event")


def test_2_everything_that_happened_to_a_message(story: Story, visit: Visit) -> None:
    page = visit("Support")
    find(page, EARLY)
    expect(page).to_have_url(re.compile(f"/event/{story.early.pk}/change/$"))
    expect(page.locator(".timeline .step-title")).to_have_text(
        [
            "WhatsApp reports: delivered",
            "Received",
            "Task handled, attempt 1 Waiting Waiting for message",
            "The same bytes came again",
            "Task handled, attempt 1 Processed Applied",
        ]
    )
    expect(page.locator(".timeline .gap").nth(2)).to_have_text("1.0 s")
    expect(page.locator(".timeline .gap").nth(3)).to_have_text("5.0 s")


def test_2_a_message_with_everything_that_refers_to_it(story: Story, visit: Visit) -> None:
    page = visit("Support")
    find(page, QUESTION)
    titles = page.locator(".timeline .step-title")
    for expected in ("WhatsApp reports: sent", "The driver reacted", "The driver wrote"):
        expect(titles.get_by_text(expected)).to_be_visible()
    page.locator(".timeline .step-links a", has_text="Text").first.click()
    expect(page).to_have_url(re.compile(f"/event/{story.answer.pk}/change/$"))


@pytest.mark.parametrize("words", [DRIVER, "ENQ-7", "northfleet", "15550783881"])
def test_3_everything_of_somebody_or_something_today(
    story: Story, visit: Visit, words: str
) -> None:
    Event.objects.filter(pk=story.photo.pk).update(
        received_at=story.photo.received_at - timedelta(days=366),
        lease_id="northfleet",
        enquiry_id="ENQ-7",
    )
    # Shortly after midnight the story is of yesterday.
    Event.objects.filter(pk=story.answer.pk).update(received_at=timezone.now())
    page = visit("Support")
    find(page, words)
    expect(event_link(page, story.photo)).to_be_visible()
    page.get_by_role("link", name="Today").click()
    expect(event_link(page, story.answer)).to_be_visible()
    expect(event_link(page, story.photo)).to_have_count(0)


def test_4_what_was_skipped_and_what_failed(story: Story, visit: Visit) -> None:
    Event.objects.filter(pk=story.answer.pk).update(state=State.FAILED, reason=Reason.GAVE_UP)
    TaskRun.objects.create(
        delivery=story.answer.delivery,
        started_at=story.answer.received_at,
        finished_at=story.answer.received_at,
        retry_count=6,
        result=TaskRun.Result.TRY_AGAIN,
        error="Unavailable: ServiceUnavailable",
    )
    page = visit("Support")
    page.locator(".reasons a", has_text="No active tracking").click()
    expect_events(page, story.lost)
    page.go_back()
    page.locator(".reasons a", has_text="Gave up").click()
    page.get_by_role("link", name="Text", exact=True).click()
    expect(page.locator(".timeline")).to_contain_text("attempt 7")
    expect(page.locator(".timeline")).to_contain_text("Unavailable: ServiceUnavailable")


def test_5_what_meta_sent_and_which_answer_it_got(story: Story, visit: Visit) -> None:
    delivery = Delivery.objects.get(pk=story.answer.delivery_id)
    page = visit("On-call")
    find(page, str(delivery.pk))
    expect(page.locator(".advice")).to_contain_text("Answered 200")
    expect(page.locator(".side")).to_contain_text(delivery.digest)
    expect(page.locator("main")).not_to_contain_text("Tuesday is fine")
    page.get_by_role("button", name="Reveal for 5 minutes").click()
    expect(page.locator(".code").first).to_contain_text('"body": "Yes, Tuesday is fine."')
    expect(page.locator(".code").last).to_have_text(bytes(delivery.body or b"").decode())
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("Download")).click()
    assert download.value.path().read_bytes() == delivery.body
    noted = LogEntry.objects.values_list("object_id", flat=True)
    assert list(noted) == [str(delivery.pk)] * 2  # that it was revealed, and that it was taken away


def test_6_what_waits_now_and_until_when(story: Story, visit: Visit) -> None:
    page = visit("Support")
    page.locator(".tile", has_text="On their way").click()
    [row] = all_of(page.locator("#waiting tbody tr"))
    expect(row).to_contain_text("Waiting")
    expect(row).to_contain_text(Reason.WAITING_FOR_MESSAGE.meaning)
    expect(row).to_contain_text("1 of 6")
    expect(row).to_contain_text(re.compile(r"in \d+ s"))
    Event.objects.filter(pk=story.waiting.pk).update(
        state=State.SKIPPED, reason=Reason.MESSAGE_NOT_FOUND, check_at=None
    )
    expect(page.get_by_text("Nothing waits")).to_be_visible(timeout=REFRESH)
    page.context.clear_cookies()
    expect(page.get_by_text("you are logged out")).to_be_visible(timeout=REFRESH)


def test_9_what_the_chat_looks_like_now(story: Story, visit: Visit) -> None:
    page = visit("On-call")
    find(page, "ENQ-7")
    page.get_by_role("link", name="The chat as it looks now").click()
    expect(page.locator(".unread")).to_have_text("1 unread by the customer")
    expect(page.locator(".chat")).not_to_contain_text("Tuesday")
    page.get_by_role("button", name="Reveal for 5 minutes").click()
    expect(page.locator(".bubble")).to_have_count(3)
    question = page.locator(".bubble.outbound", has_text="Can you come on Tuesday")
    expect(question.locator(".tick")).to_have_text("read")
    expect(question.locator(".reactions")).to_have_text("\N{THUMBS UP SIGN}")
    answer = page.locator(".bubble.inbound")
    expect(answer.locator(".quote")).to_have_text("Can you come on Tuesday at 9:00?")
    expect(answer.locator(".words")).to_have_text("Yes, Tuesday is fine.")
    answer.get_by_role("link", name="events").click()
    expect(page).to_have_url(re.compile(f"/event/{story.answer.pk}/change/$"))
    assert Event.objects.get(pk=story.answer.pk).message_id == ANSWER


def test_a_list_is_narrowed_by_clicks(story: Story, visit: Visit) -> None:
    page = visit("Support", "/admin/webhooks/event/")
    page.get_by_role("link", name="Ignored").click()
    expect_events(page, story.photo)
    page.get_by_role("link", name="Ignored").click()
    page.locator("summary", has_text="Reason").click()
    page.get_by_role("link", name="Waiting for message").click()
    expect_events(page, story.waiting)
    page.locator("summary", has_text="From").click()
    page.get_by_label("To", exact=True).fill("2025-01-01T10:14")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("No event matches")).to_be_visible()
    page.get_by_role("link", name="Any received").click()
    expect_events(page, story.waiting)


def test_what_is_revealed_can_be_hidden_at_once(story: Story, visit: Visit) -> None:
    page = visit("On-call", f"/admin/webhooks/event/{story.answer.pk}/change/")
    page.get_by_role("button", name="Reveal for 5 minutes").click()
    expect(page.locator("blockquote")).to_have_text("Yes, Tuesday is fine.")
    page.get_by_role("button", name="Hide now").click()
    expect(page.locator("blockquote")).to_have_text("••••••••••••")


def test_what_is_revealed_is_masked_again_by_itself(
    story: Story, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reveal, "REVEALED_FOR", timedelta(seconds=3))
    page = visit("On-call", f"/admin/webhooks/event/{story.answer.pk}/change/")
    page.get_by_role("button", name="Reveal for 5 minutes").click()
    expect(page.locator("blockquote")).to_have_text("Yes, Tuesday is fine.")
    expect(page.locator("blockquote")).to_have_text("••••••••••••", timeout=REFRESH)


def test_9_the_chat_opens_at_its_message_however_many_came_since(
    story: Story, platform: Platform, visit: Visit
) -> None:
    chat = platform.enquiry("ENQ-7", lease_id="northfleet").path
    batch = platform.main.batch()
    for place in range(230):
        later = timezone.now() + timedelta(minutes=place)
        document = platform.main.document(f"{chat}/whatsapp/messages/chatMessages/{place}")
        batch.set(document, {"message": str(place), "createdAt": later, "source": "driver"})
    batch.commit()
    page = visit("Support", f"/admin/webhooks/event/{story.answer.pk}/change/")
    page.get_by_role("link", name="The chat as it looks now").click()
    message = page.locator(".bubble.wanted")
    expect(message).to_be_in_viewport()
    message.get_by_role("link", name="events").click()
    expect(page).to_have_url(re.compile(f"/event/{story.answer.pk}/change/$"))
    page.go_back()
    page.get_by_role("link", name="Newer messages").click()
    expect(page.locator(".bubble.wanted")).to_have_count(0)
    expect(page.locator(".bubble")).to_have_count(50)
    expect(page.locator(".bubble").first).to_be_in_viewport()
    page.get_by_role("link", name="Older messages").click()
    expect(message).to_have_count(1)
    expect(page.locator(".bubble").last).to_be_in_viewport()
    page.get_by_role("link", name="Newer messages").click()
    page.get_by_role("link", name="Back to the message").click()
    expect(message).to_be_in_viewport()


def test_a_message_that_failed_looks_like_one(story: Story, visit: Visit) -> None:
    failed = Event.objects.filter(pk=story.read.pk)
    failed.update(name="failed")
    page = visit("Support", f"/admin/webhooks/event/{story.read.pk}/change/")
    expect(page.locator(".subject-head .chip")).to_have_text(["Processed", "Not delivered"])
    expect(page.locator(".subject-head .chip-processed")).to_have_count(0)
    expect(page.locator(".advice")).to_contain_text("The driver did not get the message.")
