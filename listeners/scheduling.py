"""Makes the tasks of events that wait, each for its time."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from listeners.runs import EARLY
from webhooks.models import Delivery, Event
from webhooks.outcomes import State
from webhooks.rows import select
from webhooks.task_queue import QueueUnavailable, TaskQueue
from webhooks.transitions import Decision

logger = logging.getLogger(__name__)

# Earlier than its time a task comes where the queue's clock is ahead of the ledger's; so far ahead
# none is.
AHEAD = timedelta(seconds=30)


def wait(delivery: Delivery, decisions: Iterable[Decision], *, queue: TaskQueue) -> None:
    """Makes one task for all events that a run lets wait until the same time.

    An event whose wait the run could not decide about is left to the task that found it due. If
    the queue does not take a task, the sweeper finds the events.
    """
    waiting: dict[datetime, list[int]] = {}
    for decision in decisions:
        if decision.check_at is not None:
            waiting.setdefault(decision.check_at, []).append(decision.event)
    _schedule(waiting, delivery, queue=queue)


def come_again(delivery: Delivery, *, only: Sequence[int], now: datetime, queue: TaskQueue) -> None:
    """Gives events whose task came before their time another one.

    As much later as this one came too early: by so much the queue's clock is ahead of the ledger's.
    """
    # Found by their keys: asked for by the time, everything that is due then might be read.
    rows = select(
        Event,
        ("id", "state", "check_at"),
        where="delivery_id = %(delivery)s AND id IN %(id)s",
        values={"delivery": delivery.pk, "id": tuple(only)},
    )
    early: dict[datetime, list[int]] = {}
    for row in rows:
        waits_until = row.check_at if row.state == State.WAITING else None
        if waits_until is not None and EARLY < waits_until - now <= AHEAD:
            early.setdefault(waits_until + (waits_until - now), []).append(row.pk)
    _schedule(early, delivery, queue=queue)


def _schedule(
    times: Mapping[datetime, Sequence[int]], delivery: Delivery, *, queue: TaskQueue
) -> None:
    """Makes a task of the delivery for each of the times, and the events that it names."""
    try:
        for at, event_ids in times.items():
            queue.create(delivery.pk, digest=delivery.digest, events=event_ids, at=at)
    except QueueUnavailable:
        logger.warning("A wait was not scheduled.", extra={"delivery": str(delivery.pk)})
