"""The tasks of replayed events: one for each delivery."""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from webhooks import transitions
from webhooks.models import Delivery
from webhooks.task_queue import QueueUnavailable, TaskQueue


def make_tasks(
    opened: Mapping[UUID, list[int]], *, queue: TaskQueue, clock: Callable[[], datetime]
) -> None:
    """Makes them. What the queue does not take is left to the sweeper at once.

    Raises QueueUnavailable.
    """
    queued: list[int] = []
    digests = dict(Delivery.objects.filter(pk__in=opened).values_list("pk", "digest"))
    try:
        for delivery, events in opened.items():
            queue.create(delivery, digest=digests[delivery], events=events)
            queued += events
    except QueueUnavailable:
        left = [event for some in opened.values() for event in some if event not in queued]
        transitions.leave_to_sweeper(left, at=clock())
        raise
    finally:
        transitions.queue(queued, now=clock())
