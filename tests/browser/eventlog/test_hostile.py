"""Whatever somebody writes into a message, a name or an id: it is shown, and does nothing."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page

from listeners.models import Placement, TaskRun
from sandbox import samples
from tests.browser.conftest import Visit
from tests.platform import Platform
from tests.rows import make_delivery, make_event
from webhooks.models import Event
from webhooks.whatsapp.items import Kind

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.django_db(transaction=True)]

SCRIPT = "<script>window.pwned=1;alert(1)</script><img src=x onerror='window.pwned=1'>"
HOSTILE = {
    # Short fields hold its beginning.
    "code": f"{SCRIPT}\" onmouseover='window.pwned=1' style='position:fixed'"
    ' {{ 7|add:7 }}pears =HYPERLINK("http://x.invalid","y")',
    "bidirectional": "\u202e\u2066\u202bgnp.exe",
    "long": "W" * 4000,
}
PHONE = {"width": 390, "height": 844}
NOW = datetime.now(UTC)


@pytest.fixture(params=HOSTILE)
def words(request: pytest.FixtureRequest) -> str:
    """One kind of hostile words."""
    return HOSTILE[request.param]


@pytest.fixture
def pages(platform: Platform, words: str) -> Mapping[str, str]:
    """The address of each page, with the words in every field that it shows."""
    event = _rows(words)
    _documents(platform, words)
    return {
        "events": "/admin/webhooks/event/",
        "narrowed": f"/admin/webhooks/event/?enquiry_of={event.pk}&driver_of={event.pk}",
        "event": f"/admin/webhooks/event/{event.pk}/change/",
        "history": f"/admin/webhooks/event/{event.pk}/history/",
        "deliveries": "/admin/webhooks/delivery/",
        "delivery": f"/admin/webhooks/delivery/{event.delivery_id}/change/",
        "chat": f"/admin/chat/{event.pk}/",
        "waiting": "/admin/waiting/",
        "never arrived": "/admin/never-arrived/",
        "runs": "/admin/listeners/taskrun/",
        "run": f"/admin/listeners/taskrun/{TaskRun.objects.get().pk}/change/",
        "placements": "/admin/listeners/placement/",
        "placement": f"/admin/listeners/placement/{Placement.objects.get().pk}/change/",
    }


def _rows(words: str) -> Event:
    change = samples.change(
        messages=[samples.text(body=words, reply_to=words)],
        contacts=[samples.contact(name=words)],
    )
    body = samples.encode(samples.envelope(samples.entry(change)) | {words: words})
    delivery = make_delivery(
        body=body, headers={words[:200]: words[:200]}, received_at=NOW, item_count=1
    )
    fields: dict[str, Any] = {
        "lease_number": words[:32],
        "person_user_id": words[:128],
        "message_id": words[:1400],
        "target_id": words[:1400],
        "detail": words[:200],
        "lease_id": "lease-1",
        "enquiry_id": "e1",
        "document_id": words[:1400],
        "name": words[:64],
    }
    event = make_event(delivery, **fields)
    reaction = {**fields, "kind": Kind.MESSAGE, "state": "waiting", "reason": "waiting_for_message"}
    make_event(delivery, position=1, check_at=NOW + timedelta(hours=1), **reaction)
    make_event(position=0, **{**fields, "lease_id": words[:500], "enquiry_id": words[:500]})
    TaskRun.objects.create(
        delivery=delivery,
        task_name=words[:500],
        started_at=NOW,
        finished_at=NOW,
        result=TaskRun.Result.TRY_AGAIN,
        error=words[:200],
    )
    Placement.objects.create(
        lease_number=words[:32],
        message_id=words[:1400],
        lease_id=words[:500],
        enquiry_id=words[:500],
        event=event,
    )
    return event


def _documents(platform: Platform, words: str) -> None:
    platform.enquiry("e1").set({"unReadWhatsappMessageCount": 3})
    reactions = [{"emoji": words, "from": words, "whatsappMessageId": words, "reactedAt": NOW}]
    for source in ("driver", words):
        platform.messages("e1").document().set(
            {
                "whatsappMessageId": words[:1400],
                "source": source,
                "type": words,
                "message": words,
                "profileName": words,
                "replyTo": words[:1400],
                "createdAt": NOW,
                "status": words,
                "reactions": reactions,
                "errors": [{"code": words, "title": words}],
            }
        )


@pytest.mark.parametrize("size", [PHONE, {"width": 1360, "height": 900}], ids=["phone", "wide"])
def test_nothing_runs_and_nothing_is_pushed_out_of_the_page(
    pages: Mapping[str, str], visit: Visit, size: dict[str, int]
) -> None:
    page = visit("On-call", "/admin/", viewport=size)
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    wrong: dict[str, list[str]] = {}
    for name, address in pages.items():
        page.goto(address)
        wrong[name] = faults(page)
        reveal = page.get_by_role("button", name="Reveal for 5 minutes")
        if reveal.count():
            reveal.click()
            page.wait_for_selector("[data-expires-in]")
            wrong[f"{name}, revealed"] = faults(page)
    assert {name: found for name, found in wrong.items() if found} == {}


def faults(page: Page) -> list[str]:
    """What is wrong with the page as it stands."""
    found: list[str] = page.evaluate(FAULTS)
    return found


FAULTS = """() => {
  const faults = [];
  if (window.pwned) faults.push("a script ran");
  const root = document.documentElement;
  if (root.scrollWidth > window.innerWidth) faults.push(`${root.scrollWidth} pixels wide`);
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const words = texts.currentNode.textContent;
    const apart = texts.currentNode.parentElement.closest("bdi");
    if (/[\\u202a-\\u202e\\u2066-\\u2069]/.test(words) && !apart) {
      faults.push(`not isolated: ${texts.currentNode.parentElement.outerHTML.slice(0, 120)}`);
    }
    if (words.includes("14pears")) faults.push("a template ran");
  }
  return faults;
}"""
