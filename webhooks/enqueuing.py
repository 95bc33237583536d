"""Puts deliveries into the queue and notes it: of calls that come at the same time, together."""

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from uuid import UUID

from django.conf import settings
from django.db import Error, transaction

from visn_whatsapp import traces
from visn_whatsapp.telemetry import spans
from visn_whatsapp.together import Alone, Together
from visn_whatsapp.traces import Trace
from webhooks import transitions
from webhooks.locking import wait_briefly
from webhooks.task_queue import QueueUnavailable, TaskQueue
from webhooks.tasks import MOST_TOGETHER, Member

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 32  # tasks that are made for one call


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A delivery that is to have a task."""

    delivery: UUID
    digest: str
    queue: TaskQueue
    now: datetime | None
    trace: Trace | None = None  # what it came under, where spans are exported


def enqueue(*, delivery: UUID, digest: str, queue: TaskQueue, now: datetime | None = None) -> None:
    """Makes a task for a delivery, by reference, and marks its events.

    Raises QueueUnavailable. Once the task is made it counts, even if it cannot be noted. With
    `TASKS_TOGETHER` deliveries that come at the same time share a task, and otherwise its note.
    """
    call = Call(delivery=delivery, digest=digest, queue=queue, now=now, trace=spans.own())
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
    _create(calls)
    return _note(calls)


def enqueue_all(calls: Sequence[Call]) -> Mapping[UUID, QueueUnavailable]:
    """Makes tasks for deliveries that were handed over together; says which have none, and why.

    Marks their events. With `TASKS_TOGETHER` one task for all, otherwise each its own, all at once.
    """
    if settings.TASKS_TOGETHER:
        failed = _failures(calls, traces.current())
    else:
        trace = traces.current()
        with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
            each = pool.map(lambda call: _failures([call], call.trace or trace), calls)
            failed = dict(chain.from_iterable(failures.items() for failures in each))
    made = [call for call in calls if call.delivery not in failed]
    left = [call for call, noted in zip(made, _note(made), strict=True) if not noted]
    if left:
        _note_briefly(left)
    return failed


def _failures(calls: Sequence[Call], trace: Trace | None) -> dict[UUID, QueueUnavailable]:
    """Makes one task for all, under this trace; says it of each if there is none."""
    try:
        with traces.Under(trace):
            _create(calls)
    except QueueUnavailable as error:
        return {call.delivery: error for call in calls}
    return {}


def _create(calls: Sequence[Call]) -> None:
    for queue in dict.fromkeys(call.queue for call in calls):
        members = {call.delivery: call for call in calls if call.queue == queue}
        queue.create_for([_member(call) for call in members.values()])


def _member(call: Call) -> Member:
    traceparent = call.trace.header if call.trace else ""
    return Member(delivery=call.delivery, digest=call.digest, traceparent=traceparent)


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
        _not_noted(delivery)


def _note_briefly(calls: Sequence[Call]) -> None:
    """The same for those of which somebody holds an event: all others wait for the answer, too."""
    try:
        with transaction.atomic():
            wait_briefly()
            for call in calls:
                transitions.queue_delivery(delivery=call.delivery, now=call.now)
    except Error:
        for call in calls:
            _not_noted(call.delivery)


def _not_noted(delivery: UUID) -> None:
    logger.warning("A task was made but not noted.", extra={"delivery": str(delivery)})


_NOTING = Together(_note, most=MOST_TOGETHER)
_MAKING = Together(make, most=MOST_TOGETHER)


def waiting() -> int:
    """How many deliveries wait in this process until other tasks are made."""
    return _MAKING.waiting
