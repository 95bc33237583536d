"""A task as it lies in the queue: it names a delivery, and holds nothing of what is in it.

Its digest tells the bytes again where the ledger has lost the delivery.
"""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import msgspec

Digest = Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64})?$")]
Looks = Annotated[int, msgspec.Meta(ge=0, le=1000)]
MAX_BYTES = 1024 * 1024  # of a task, as Cloud Tasks takes it

EventId = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class Task(msgspec.Struct, frozen=True, kw_only=True, tag_field="v", tag=1, omit_defaults=True):
    """What is to be applied.

    As JSON: `{"v": 1, "delivery": uuid, "digest"?: hex, "events"?: [id, …], "looks"?: count}`.
    Unknown fields are passed over, so that a task of a newer release can be read; a task of
    another meaning gets another `v`.
    """

    delivery: UUID
    digest: Digest = ""  # SHA-256 of its bytes; empty in a task of an older release
    events: tuple[EventId, ...] = ()  # primary keys; none: all events of the delivery
    looks: Looks = 0  # how often the delivery has been looked for, and was not in the ledger


class TaskUnreadable(ValueError):
    """The body is not a task of this version."""


_DECODER = msgspec.json.Decoder(Task)


def encode(
    delivery: UUID, *, digest: str = "", events: Sequence[int] = (), looks: int = 0
) -> bytes:
    """Returns the body of a task for a delivery, or for some of its events."""
    task = Task(delivery=delivery, digest=digest, events=tuple(events), looks=looks)
    return msgspec.json.encode(task)


def decode(body: bytes) -> Task:
    """Reads the body of a task. Raises TaskUnreadable, whose words hold nothing of the body."""
    try:
        return _DECODER.decode(body)
    except (ValueError, RecursionError) as error:
        raise TaskUnreadable("the body is not a task of version 1") from error
