"""What is written of messages, and the batch that does all of it or none."""

from collections.abc import Sequence
from dataclasses import dataclass

from google.cloud.firestore import SERVER_TIMESTAMP, Client, Increment, WriteBatch

from listeners.firestore.documents import RECEIVED_AT, UNREAD_COUNT, enquiry_path, message_path
from listeners.tracking import ChatKey


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
    version: object


Write = Create | Update


def batch_of(writes: Sequence[Write], *, client: Client) -> WriteBatch:
    """The batch of the writes, which counts the new messages in their enquiries as well."""
    batch = client.batch()
    texts: dict[ChatKey, int] = {}
    for write in writes:
        document = client.document(message_path(write.chat, write.document_id))
        if isinstance(write, Create):
            texts[write.chat] = texts.get(write.chat, 0) + 1
            batch.create(document, {**write.fields, RECEIVED_AT: SERVER_TIMESTAMP})
        else:
            option = client.write_option(last_update_time=write.version)
            batch.update(document, write.fields, option=option)
    for chat, count in texts.items():
        # In the same commit as the creates, so that each text counts exactly once.
        batch.update(client.document(enquiry_path(chat)), {UNREAD_COUNT: Increment(count)})
    return batch
