"""Documents of other services that hold more, or other, than the contract says."""

from listeners.models import Placement
from listeners.services import Result
from tests.platform import LEASE, Platform
from webhooks.models import Event
from webhooks.whatsapp.samples import OUTBOUND_ID, reaction, status, text

APPLIED = ("processed", "applied")


def test_a_field_that_the_client_cannot_decode_stops_nothing(platform: Platform) -> None:
    """Google's client raises for a reference into another database than the document's own."""
    platform.track("e1", chat=platform.enquiry("e1"))
    elsewhere = platform.ancillary.document(f"whatsapp/lease/{LEASE}/record-1")
    platform.sends("e1", OUTBOUND_ID, tracking=elsewhere)
    assert platform.deliver(text(), reaction(), statuses=[status()]) == [APPLIED] * 3
    assert platform.results == [Result.DONE]


def test_an_enquiry_id_that_no_database_takes_leads_to_no_chat(platform: Platform) -> None:
    platform.track("e1", enquiryId="e\0")
    assert platform.deliver(text()) == [("skipped", "no_active_tracking")]


def test_a_text_whose_document_exists_is_there_whatever_its_fields_say(platform: Platform) -> None:
    platform.track("e1")
    platform.messages("e1").document("wamid.T1").set({"source": "driver"})
    items = [text(message_id=f"wamid.T{each}") for each in (1, 2)]
    assert platform.deliver(*items) == [APPLIED] * 2
    assert platform.results == [Result.DONE]
    assert platform.unread("e1") == 1


def test_a_text_with_the_longest_id_is_counted_once(platform: Platform) -> None:
    """Firestore stores an id of 1500 bytes, but looks for none."""
    platform.track("e1")
    delivery = platform.receive(text(message_id="a" * 1500))
    platform.run(delivery)
    # As if the process had been killed before it recorded what it had written.
    Event.objects.update(state="queued", settled_at=None)
    Placement.objects.update(applied_at=None)
    assert platform.run(delivery) == Result.DONE
    assert platform.outcomes(delivery) == [APPLIED]
    assert platform.unread("e1") == 1
