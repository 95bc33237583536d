"""Documents of other services that hold more, or other, than the contract says."""

from listeners.services import Result
from tests.platform import LEASE, Platform
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
