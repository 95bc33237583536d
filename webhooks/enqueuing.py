"""Puts deliveries into the queue and notes it: of calls that come at the same time, together."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import Error

from visn_whatsapp.together import Alone, Together
from webhooks import transitions
from webhooks.task_queue import QueueUnavailable, TaskQueue
from webhooks.tasks import Member

logger = logging.getLogger(__name__)

MOST_TOGETHER = 100  # deliveries in one task


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A delivery that is to have a task."""

    delivery: UUID
    digest: str
    queue: TaskQueue
    now: datetime | None


def enqueue(*, delivery: UUID, digest: str, queue: TaskQueue, now: datetime | None = None) -> None:
    """Makes a task for a delivery, by reference, and marks its events.

    Raises QueueUnavailable. Once the task is made it counts, even if it cannot be noted. With
    `TASKS_TOGETHER` deliveries that come at the same time share a task, and otherwise its note.
    """
    call = Call(delivery=delivery, digest=digest, queue=queue, now=now)
    if settings.TASKS_TOGETHER:
        noted = _made(call)
    else:
        queue.create(delivery, digest=digest)
        noted = _NOTING.do(call)
    if not noted:
        note(delivery, now=now)


def _made(call: Call) -> bool:
    try:
        return _MAKING.do(call)
    except Alone as failed:
        # Where the queue is out of reach each would wait once more for nothing.
        if isinstance(failed.__cause__, QueueUnavailable):
            raise QueueUnavailable(str(failed.__cause__)) from failed
        raise


def make(calls: Sequence[Call]) -> list[bool]:
    """One task for all, and one note: whether it could be made, for each. Raises QueueUnavailable.

    What somebody holds is not waited for.
    """
    for queue in dict.fromkeys(call.queue for call in calls):
        members = {call.delivery: call.digest for call in calls if call.queue == queue}
        queue.create_for(
            [Member(delivery=delivery, digest=digest) for delivery, digest in members.items()]
        )
    return _note(calls)


def _note(calls: Sequence[Call]) -> list[bool]:
    left = set[UUID]()
    try:
        for now in {call.now for call in calls}:
            deliveries = {call.delivery for call in calls if call.now == now}
            left.update(transitions.queue_deliveries(deliveries, now=now))
    except Error:
        return [False] * len(calls)
    return [call.delivery not in left for call in calls]


def note(delivery: UUID, *, now: datetime | None = None) -> None:
    """Notes that a task was made; waits for whoever holds an event. A failure is logged."""
    try:
        transitions.queue_delivery(delivery=delivery, now=now)
    except Error:
        logger.warning("A task was made but not noted.", extra={"delivery": str(delivery)})


_NOTING = Together(_note, most=MOST_TOGETHER)
_MAKING = Together(make, most=MOST_TOGETHER)


def waiting() -> int:
    """How many deliveries wait in this process until other tasks are made."""
    return _MAKING.waiting
