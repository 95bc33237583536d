"""One chat to post to by hand: a tracking record, an enquiry and a message of a customer."""

from datetime import datetime

from sandbox.demo.cast import Enquiry, Outbound
from sandbox.demo.platform import Documents, Platform


def prepare(enquiry: Enquiry, *, message_id: str, platform: Platform, now: datetime) -> None:
    """Stores what is not there yet; a chat that has gone on since is left as it is."""
    asked = Outbound(
        enquiry=enquiry, document_id="drawer00000000000000", serial=0, words="When can you come?"
    )
    documents: Documents = {
        enquiry.path: {"unReadWhatsappMessageCount": 0},
        asked.path: {**asked.fields(now=now), "whatsappMessageId": message_id},
    }
    platform.store({path: each for path, each in documents.items() if not platform.read(path)})
    if not platform.read_tracking(enquiry.tracking):
        platform.track({enquiry.tracking: enquiry.tracking_fields(now=now)})
