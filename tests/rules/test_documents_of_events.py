"""An event tells the document that it was applied to, and repeats no id for that."""

from uuid import UUID

import pytest

from sandbox.samples import OUTBOUND_ID, reaction, status, text
from tests.platform import Platform
from webhooks import transitions
from webhooks.models import Event

TEXT_ID = "wamid.a/b+c="
DOCUMENT = "wamid.a%2Fb%2Bc="
DRAWERS = "drawer00000000000001"


def told(kind: str) -> tuple[str, str]:
    """What the only event of a kind says, and what its row holds of that."""
    event = Event.objects.get(kind=kind)
    return event.document, event.document_id


def test_a_text_names_its_document(platform: Platform) -> None:
    platform.track("e1")
    platform.deliver(text(message_id=TEXT_ID))
    assert told("text") == (DOCUMENT, "")


def test_what_is_of_a_text_names_the_text_and_not_itself(platform: Platform) -> None:
    platform.track("e1")
    platform.deliver(text(message_id=TEXT_ID), reaction(target_id=TEXT_ID))
    assert told("reaction") == (DOCUMENT, "")


def test_a_message_of_the_drawer_has_a_name_of_its_own(platform: Platform) -> None:
    platform.track("e1")
    message = {"whatsappMessageId": OUTBOUND_ID, "source": "leaseCompany", "type": "text"}
    platform.messages("e1").document(DRAWERS).set(message)
    platform.deliver(reaction(), statuses=[status()])
    assert told("status") == told("reaction") == (DRAWERS, DRAWERS)


def test_a_text_that_found_no_chat_names_no_document(platform: Platform) -> None:
    platform.track("e1")
    platform.enquiry("e1").delete()
    platform.deliver(text(message_id=TEXT_ID))
    event = Event.objects.get()
    assert (event.reason, event.enquiry_id) == ("enquiry_not_found", "e1")
    assert told("text") == ("", "")


@pytest.mark.parametrize("state", ["processed", "duplicate"])
def test_a_release_before_wrote_every_name(state: str) -> None:
    event = Event(
        kind="text", state=state, enquiry_id="e1", message_id=TEXT_ID, document_id=DOCUMENT
    )
    assert event.document == DOCUMENT


def open_again(platform: Platform, delivery: UUID) -> None:
    """Lets its events be decided anew, as a replay does; nobody has run them yet."""
    events = list(Event.objects.filter(delivery=delivery).values_list("pk", flat=True))
    transitions.reopen(events, check_at=platform.now, now=platform.now)


def test_what_is_open_again_names_no_document_that_it_was_not_applied_to(
    platform: Platform,
) -> None:
    platform.track("e1")
    platform.enquiry("e1").delete()
    delivery = platform.receive(text(message_id=TEXT_ID))
    platform.run(delivery)
    open_again(platform, delivery)
    assert told("text") == ("", "")
    platform.enquiry("e1").set({})
    platform.run(delivery)
    assert told("text") == (DOCUMENT, "")


@pytest.mark.parametrize(
    "older",
    [
        pytest.param({"target_id": "", "target_key": None}, id="its target was not read"),
        pytest.param({"kind": "message", "target_id": "", "target_key": None}, id="another kind"),
    ],
)
def test_a_row_that_another_release_wrote_otherwise_holds_the_name(
    platform: Platform, older: dict[str, object]
) -> None:
    platform.track("e1")
    platform.deliver(text(message_id=TEXT_ID))
    delivery = platform.receive(reaction(target_id=TEXT_ID))
    row = Event.objects.filter(delivery=delivery)
    row.update(state="ignored", reason="unsupported_type", settled_at=platform.now, **older)
    open_again(platform, delivery)
    platform.run(delivery)
    event = row.get()
    assert (event.state, event.reason) == ("processed", "applied")
    assert event.document == DOCUMENT
