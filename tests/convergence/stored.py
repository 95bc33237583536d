"""A world as Firestore holds it: written before the events come, and read afterwards."""

from collections.abc import Collection
from datetime import datetime

from google.cloud.firestore import Client

from tests.convergence.model import Documents
from tests.convergence.world import Outbound, Record, World, moment


def store_world(
    world: World, *, main: Client, ancillary: Client, late: Collection[Outbound]
) -> None:
    """Stores everything; of the `late` messages the sender has not stored Meta's id yet."""
    for record in world.records:
        store_record(record, ancillary=ancillary)
    batch = main.batch()
    for chat, count in world.enquiries.items():
        counted = {} if count is None else {"unReadWhatsappMessageCount": count}
        batch.set(main.document(chat.enquiry), counted)
    for outbound in world.outbound:
        known = {} if outbound in late else {"whatsappMessageId": outbound.wamid}
        path = f"{outbound.chat.messages}/{outbound.document_id}"
        batch.set(main.document(path), {**outbound.fields, **known})
    batch.commit()


def store_record(record: Record, *, ancillary: Client) -> None:
    """Stores a tracking record as it is now."""
    ancillary.document(_record_path(record)).set(record_fields(record))


def read_record(record: Record, *, ancillary: Client) -> dict[str, object]:
    """The fields of a tracking record as they are stored."""
    return ancillary.document(_record_path(record)).get().to_dict() or {}


def record_fields(record: Record) -> dict[str, object]:
    """The fields of a tracking record."""
    fields: dict[str, object] = {
        "leaseId": record.chat.lease_id,
        "enquiryId": record.chat.enquiry_id,
        "active": record.active,
        "updatedAt": moment(record.updated_second),
        "createdAt": moment(record.created_second),
    }
    if record.number:
        fields["driverMobileNumber"] = record.number
    if record.user_id:
        fields["driverUserId"] = record.user_id
    return fields


def _record_path(record: Record) -> str:
    return f"whatsapp/lease/{record.lease_number}/{record.document_id}"


def store_ids(late: Collection[Outbound], *, main: Client) -> None:
    """Lets the sender store the ids of messages."""
    for outbound in late:
        path = f"{outbound.chat.messages}/{outbound.document_id}"
        main.document(path).update({"whatsappMessageId": outbound.wamid})


def read_documents(main: Client) -> Documents:
    """What all chats hold now; of our own messages also that the server has set `receivedAt`."""
    messages = {}
    for snapshot in main.collection_group("chatMessages").stream():
        fields = snapshot.to_dict() or {}
        inbound = fields.get("source") == "driver"
        assert isinstance(fields.pop("receivedAt", None), datetime) is inbound
        messages[snapshot.reference.path] = fields
    unread = {
        snapshot.reference.path: (snapshot.to_dict() or {}).get("unReadWhatsappMessageCount")
        for snapshot in main.collection_group("enquiries").stream()
    }
    return Documents(messages=messages, unread=unread)
