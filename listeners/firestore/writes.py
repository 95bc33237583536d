"""What is written of messages, and the messages to Firestore that do it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from google.cloud.firestore_v1 import types

from listeners.firestore.calls import Calls
from listeners.firestore.documents import RECEIVED_AT, UNREAD_COUNT, enquiry_path, message_path
from listeners.firestore.values import Message, encode
from listeners.tracking import ChatKey

_WriteMessage = types.Write.pb()
_REQUEST_TIME = types.DocumentTransform.FieldTransform.ServerValue.REQUEST_TIME


@dataclass(frozen=True, kw_only=True, slots=True)
class Create:
    """Creates a message and counts it in its enquiry; refused if it exists."""

    chat: ChatKey
    document_id: str
    fields: dict[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class Update:
    """Changes fields of a message; refused unless it is still the version that was read."""

    chat: ChatKey
    document_id: str
    fields: dict[str, object]
    version: int


Write = Create | Update


def messages_of(writes: Sequence[Write], *, calls: Calls) -> Iterator[Message]:
    """What does the writes, and counts the new messages in their enquiries as well.

    Raises TypeError or ValueError for a field that no document can hold.
    """
    texts: dict[ChatKey, int] = {}
    for write in writes:
        name = calls.name(message_path(write.chat, write.document_id))
        if isinstance(write, Create):
            texts[write.chat] = texts.get(write.chat, 0) + 1
            yield _created(name, write.fields)
        else:
            yield updated(name, write.fields, version=write.version)
    for chat, count in texts.items():
        # In the same commit as the creates, so that each text counts exactly once.
        yield _counted(calls.name(enquiry_path(chat)), count)


def updated(name: str, fields: Mapping[str, object], *, version: int) -> Message:
    """Changes these fields of a document, if it is still of the version that was read."""
    message = _written(name, fields, only=fields)
    message.current_document.update_time.FromNanoseconds(version)
    return message


def _created(name: str, fields: Mapping[str, object]) -> Message:
    message = _written(name, fields)
    message.current_document.exists = False
    message.update_transforms.add(field_path=RECEIVED_AT, set_to_server_value=_REQUEST_TIME)
    return message


def _counted(name: str, texts: int) -> Message:
    """Adds to the unread count of an enquiry, which has to be there."""
    message = _written(name, {}, only=())
    message.current_document.exists = True
    message.update_transforms.add(field_path=UNREAD_COUNT, increment={"integer_value": texts})
    return message


def _written(
    name: str, fields: Mapping[str, object], *, only: Collection[str] | None = None
) -> Message:
    """A document with these fields, or with `only` these changed and the others as they are."""
    message = _WriteMessage()
    message.update.name = name
    for field, value in fields.items():
        encode(value, message.update.fields[field])
    if only is not None:
        message.update_mask.SetInParent()  # without one all fields that are not named would go
        message.update_mask.field_paths.extend(sorted(only))
    return message
