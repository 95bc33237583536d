"""A task as it lies in the queue: it names deliveries, and holds nothing of what is in them.

A digest tells the bytes again where the ledger has lost the delivery.
"""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import msgspec

Digest = Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64})?$")]
Looks = Annotated[int, msgspec.Meta(ge=0, le=1000)]
MAX_BYTES = 1024 * 1024  # of a task, as Cloud Tasks takes it
MOST_TOGETHER = 100  # deliveries that one task names, and one call to the callable

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
    traceparent: str = ""  # never written: of one of several, whose task has another trace


class Member(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One of several deliveries that a task names."""

    delivery: UUID
    digest: Digest = ""
    events: tuple[EventId, ...] = ()
    traceparent: Any = ""  # of its own trace, where it has another than the task; spoils nothing


class GroupTask(msgspec.Struct, frozen=True, kw_only=True, tag_field="v", tag=2):
    """What is to be applied of several deliveries, each for itself.

    As JSON: `{"v": 2, "deliveries": [{"delivery": uuid, "digest"?: hex, "events"?: [id, …],
    "traceparent"?: …}, …]}`.
    A release that only knows version 1 keeps it as unreadable, so that all have to read it before
    one writes it (`TASKS_TOGETHER`). One that names none asks for nothing: it is a probe.
    """

    deliveries: tuple[Member, ...]


class TaskUnreadable(ValueError):
    """The body is not a task of a version that this release reads."""


_DECODER = msgspec.json.Decoder(Task | GroupTask)


def encode(
    delivery: UUID, *, digest: str = "", events: Sequence[int] = (), looks: int = 0
) -> bytes:
    """Returns the body of a task for a delivery, or for some of its events."""
    task = Task(delivery=delivery, digest=digest, events=tuple(events), looks=looks)
    return msgspec.json.encode(task)


def encode_for(members: Sequence[Member]) -> bytes:
    """Returns the body of a task for several deliveries; for one, of version 1 as ever."""
    if len(members) == 1:
        return encode(members[0].delivery, digest=members[0].digest, events=members[0].events)
    return msgspec.json.encode(GroupTask(deliveries=tuple(members)))


def decode(body: bytes) -> Sequence[Task]:
    """Reads the body of a task: what is to be done for each of its deliveries.

    Raises TaskUnreadable, whose words hold nothing of the body.
    """
    try:
        task = _DECODER.decode(body)
    except (ValueError, RecursionError) as error:
        raise TaskUnreadable("the body is not a task of version 1 or 2") from error
    if isinstance(task, Task):
        return (task,)
    return tuple(
        Task(
            delivery=each.delivery,
            digest=each.digest,
            events=each.events,
            traceparent=each.traceparent if isinstance(each.traceparent, str) else "",
        )
        for each in task.deliveries
    )
