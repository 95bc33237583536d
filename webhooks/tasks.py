"""A task as it lies in the queue: it names a delivery, and holds nothing of what is in it."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import msgspec

EventId = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class Task(msgspec.Struct, frozen=True, kw_only=True, tag_field="v", tag=1, omit_defaults=True):
    """What is to be applied. As JSON: `{"v": 1, "delivery": uuid, "events"?: [id, …]}`.

    Unknown fields are passed over, so that a task of a newer release can be read; a task of
    another meaning gets another `v`.
    """

    delivery: UUID
    events: tuple[EventId, ...] = ()  # primary keys; none: all events of the delivery


class TaskUnreadable(ValueError):
    """The body is not a task of this version."""


_DECODER = msgspec.json.Decoder(Task)


def encode(delivery: UUID, *, events: Sequence[int] = ()) -> bytes:
    """Returns the body of a task for a delivery, or for some of its events."""
    return msgspec.json.encode(Task(delivery=delivery, events=tuple(events)))


def decode(body: bytes) -> Task:
    """Reads the body of a task. Raises TaskUnreadable, whose words hold nothing of the body."""
    try:
        return _DECODER.decode(body)
    except (ValueError, RecursionError) as error:
        raise TaskUnreadable("the body is not a task of version 1") from error
