"""Which documents of Firestore tell of events: the chats are ViSN's, and only listed here."""

from collections.abc import Iterable
from dataclasses import dataclass

from webhooks.models import Event


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Document:
    """One message of a chat, which an event was applied to."""

    lease_id: str
    enquiry_id: str
    document_id: str

    @property
    def chat(self) -> str:
        """The enquiry's path (contract: Firestore)."""
        return f"leasecompany/{self.lease_id}/enquiries/{self.enquiry_id}"

    @property
    def path(self) -> str:
        """The path of the message. It holds Meta's id of it, which embeds a number."""
        return f"{self.chat}/whatsapp/messages/chatMessages/{self.document_id}"


def documents_of(events: Iterable[Event]) -> set[Document]:
    """The documents that these events were applied to."""
    return {
        Document(lease_id=event.lease_id, enquiry_id=event.enquiry_id, document_id=event.document)
        for event in events
        if event.enquiry_id and event.document
    }
