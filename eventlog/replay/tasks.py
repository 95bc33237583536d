"""The tasks of replayed events: one for each delivery."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, Q, Value, When

from webhooks.locking import take
from webhooks.models import Delivery, Event
from webhooks.outcomes import State, other_than
from webhooks.task_queue import QueueUnavailable, TaskQueue

HAD_A_TASK = other_than({State.RECEIVED})


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
        with transaction.atomic():
            take(left)
            Event.objects.filter(~Q(state__in=HAD_A_TASK), pk__in=left).update(check_at=clock())
        raise
    finally:
        _mark_queued(queued, now=clock())


def _mark_queued(events: Sequence[int], *, now: datetime) -> None:
    """Notes that they have a task, also on those that it has settled already."""
    with transaction.atomic():
        take(events)
        Event.objects.filter(pk__in=events, queued_at=None).update(
            queued_at=now,
            state=Case(When(state=State.RECEIVED, then=Value(State.QUEUED)), default=F("state")),
        )
