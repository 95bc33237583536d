"""Paths and fields of Firestore documents: the contract with the ViSN platform, both ways."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from listeners.chat import ChatMessage, Errors, PersonReaction, ReactionMark
from listeners.tracking import ChatKey, TrackingRecord
from visn_whatsapp.untrusted import moment, string
from webhooks.whatsapp.items import DriverMessage
from webhooks.whatsapp.numbers import digits

Fields = Mapping[str, object]

UNREAD_COUNT = "unReadWhatsappMessageCount"
CHAT_MESSAGES = "chatMessages"
MESSAGE_ID = "whatsappMessageId"
DRIVER_NUMBER = "driverMobileNumber"
DRIVER_USER_ID = "driverUserId"
RECEIVED_AT = "receivedAt"
TO = "to"
CREATED_AT = "createdAt"

# What a chat's page shows of a message beside what events may change.
SHOWN_FIELDS = ("message", "source", "type", "profileName", CREATED_AT, "replyTo", "forwarded")

# What is read of each document, and nothing else.
TRACKING_FIELDS = (
    "leaseId",
    "enquiryId",
    DRIVER_NUMBER,
    DRIVER_USER_ID,
    "active",
    "updatedAt",
    CREATED_AT,
)
MESSAGE_FIELDS = (
    *(MESSAGE_ID, TO, "status", "statusTimestamps", "errors"),
    *("reactions", "reactionClock"),
)

# Firestore allows ids of 1500 bytes; the ledger indexes both in one row of at most 2700 bytes.
MAX_ID_BYTES = 500

MESSAGE_PATH = re.compile(
    r"leasecompany/([^/]+)/enquiries/([^/]+)/whatsapp/messages/chatMessages/[^/]+"
)
RESERVED_ID = re.compile(r"\.|\.\.|__.*__", re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredMessage:
    """A chat message as it was read, with what is needed to write it back safely."""

    chat: ChatKey
    message: ChatMessage
    version: int  # the document's update time, in nanoseconds
    created: datetime | None = None  # when the document was, by Firestore's clock
    lease_number: str = ""  # digits: the one that a driver wrote it to; empty if it says nothing


def tracking_collection(lease_number: str) -> str:
    """The tracking records of one lease number."""
    return f"whatsapp/lease/{lease_number}"


def enquiry_path(chat: ChatKey) -> str:
    """The enquiry that holds the unread count."""
    return f"leasecompany/{chat.lease_id}/enquiries/{chat.enquiry_id}"


def messages_collection(chat: ChatKey) -> str:
    """The messages of a chat."""
    return f"{enquiry_path(chat)}/whatsapp/messages/{CHAT_MESSAGES}"


def message_path(chat: ChatKey, document_id: str) -> str:
    """One message of a chat."""
    return f"{messages_collection(chat)}/{document_id}"


def chat_of(path: str) -> ChatKey | None:
    """The chat that a message's path belongs to; None for any other path."""
    match = MESSAGE_PATH.fullmatch(path)
    return ChatKey(lease_id=match[1], enquiry_id=match[2]) if match else None


def read_tracking_record(
    *,
    lease_number: str,
    document_id: str,
    fields: Fields,
    version: int,
) -> TrackingRecord | None:
    """Reads a tracking record; None if it does not say where its chat lives."""
    lease_id, enquiry_id = fields.get("leaseId"), fields.get("enquiryId")
    if not (_is_id(lease_id) and _is_id(enquiry_id)):
        return None
    return TrackingRecord(
        document_id=document_id,
        lease_number=lease_number,
        chat=ChatKey(lease_id=str(lease_id), enquiry_id=str(enquiry_id)),
        driver_number=digits(string(fields.get(DRIVER_NUMBER))),
        driver_user_id=string(fields.get(DRIVER_USER_ID)),
        lacks_user_id=fields.get(DRIVER_USER_ID) in (None, ""),
        active=fields.get("active") is True,
        updated_at=moment(fields.get("updatedAt")),
        created_at=moment(fields.get("createdAt")),
        version=version,
    )


def _is_id(value: object) -> bool:
    """Whether this can name a document, and be kept in the ledger: PostgreSQL refuses NUL."""
    if not isinstance(value, str) or not value or RESERVED_ID.fullmatch(value):
        return False
    if "/" in value or "\0" in value:
        return False
    return len(value.encode(errors="replace")) <= MAX_ID_BYTES


def written_to(fields: Fields) -> str:
    """The number (digits) that a message says it was sent to: of a driver's text the lease's."""
    return digits(string(fields.get(TO)))


def read_message(*, document_id: str, fields: Fields) -> ChatMessage:
    """Reads what events may change. Values of another form than the contract's are passed over."""
    errors = fields.get("errors")
    return ChatMessage(
        document_id=document_id,
        message_id=string(fields.get(MESSAGE_ID)),
        status=string(fields.get("status")),
        status_times=_times(fields.get("statusTimestamps")),
        errors=Errors(tuple(errors)) if isinstance(errors, list) else None,
        reactions=_reactions(fields.get("reactions")),
        marks=_marks(fields.get("reactionClock")),
    )


def new_fields(message: ChatMessage, *, written: DriverMessage) -> dict[str, object]:
    """The fields of a message that we create, except `receivedAt`, which the server sets."""
    optional = {
        "from": written.person.number,
        "fromUserId": written.person.user_id,
        "profileName": written.profile_name,
        "replyTo": written.reply_to,
        "forwarded": written.forwarded,
    }
    return {
        MESSAGE_ID: written.message_id,
        # A Cloud Function sends every new message that does not come from a driver.
        "source": "driver",
        "type": written.kind.value,
        "message": written.body,
        TO: written.lease_number,
        CREATED_AT: written.occurred_at,
        "status": "received",
        **{name: value for name, value in optional.items() if value},
        **changed_fields(ChatMessage(document_id="", message_id="", status="received"), message),
    }


def changed_fields(before: ChatMessage, after: ChatMessage) -> dict[str, object]:
    """The fields in which two states of a message differ, as Firestore holds them."""
    fields: dict[str, object] = {}
    if after.status != before.status:
        fields["status"] = after.status
    if after.status_times != before.status_times:
        fields["statusTimestamps"] = dict(after.status_times)
    if after.errors != before.errors:
        fields["errors"] = list(after.errors.values if after.errors else ())
    if after.marks != before.marks:
        # Also where the list stays empty: a removal that comes first must leave the same document
        # as one that comes after its reaction.
        fields["reactions"] = [_reaction_fields(reaction) for reaction in after.reactions]
        fields["reactionClock"] = {
            person: _mark_fields(mark) for person, mark in after.marks.items()
        }
    return fields


def weight(value: object) -> int:
    """About how many bytes a value takes in a request. Counts more rather than less."""
    if isinstance(value, str):
        return 16 + len(value.encode(errors="replace"))
    if isinstance(value, Mapping):
        return 16 + sum(weight(key) + weight(item) for key, item in value.items())
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return 16 + sum(weight(item) for item in value)
    return 32


def _reaction_fields(reaction: PersonReaction) -> dict[str, object]:
    return {
        "emoji": reaction.emoji,
        "from": reaction.person,
        MESSAGE_ID: reaction.message_id,
        "reactedAt": reaction.reacted_at,
    }


def _mark_fields(mark: ReactionMark) -> dict[str, object]:
    return {"at": mark.at, "id": mark.message_id, "removed": mark.removed}


def _reactions(value: object) -> tuple[PersonReaction, ...]:
    entries = value if isinstance(value, list) else []
    read = []
    for entry in entries:
        reacted_at = moment(entry.get("reactedAt")) if isinstance(entry, Mapping) else None
        if reacted_at is not None:
            read.append(
                PersonReaction(
                    emoji=string(entry.get("emoji")),
                    person=string(entry.get("from")),
                    message_id=string(entry.get(MESSAGE_ID)),
                    reacted_at=reacted_at,
                )
            )
    return tuple(read)


def _marks(value: object) -> dict[str, ReactionMark]:
    marks = {}
    for person, entry in value.items() if isinstance(value, Mapping) else ():
        at = moment(entry.get("at")) if isinstance(entry, Mapping) else None
        if at is not None:
            marks[person] = ReactionMark(at, entry.get("removed") is True, string(entry.get("id")))
    return marks


def _times(value: object) -> dict[str, datetime]:
    items = value.items() if isinstance(value, Mapping) else ()
    return {str(word): time for word, time in items if isinstance(time, datetime)}
