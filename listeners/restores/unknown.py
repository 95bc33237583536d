"""Tasks whose delivery is not in the ledger: noted, looked for again, and closed once it is back.

That happens where the ledger was restored to an earlier time. The queue gets its 200 all the same:
a 503 for hours would slow every other task down, and this one would vanish after its attempts.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import Error, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from listeners.models import UnknownDelivery
from webhooks import sequences
from webhooks.models import Delivery
from webhooks.task_queue import QueueUnavailable, TaskQueue
from webhooks.tasks import Task

logger = logging.getLogger(__name__)

# After which it is looked for again; after the last it is left to people (`accounted`).
LOOKS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
)

_BACK = Exists(Delivery.objects.filter(pk=OuterRef("delivery"))) | Exists(
    Delivery.objects.filter(digest=OuterRef("digest"), repeat_of=None)
)
_OPEN = Q(closed_at=None)


def keep(task: Task, *, queue: TaskQueue, now: datetime) -> bool:
    """Notes the delivery of a task, and makes a task of its own that looks for it later.

    Returns whether at least one of the two was done: then this task is not needed any more.
    """
    noted = _note_whatever_fails(task, now=now)
    made = _look_again(task, noted=noted, queue=queue, now=now)
    return noted or made


def still_open() -> QuerySet[UnknownDelivery]:
    """Those whose bytes have not come again, and that nobody has closed."""
    return UnknownDelivery.objects.filter(_OPEN).exclude(_BACK)


def close_returned(*, now: datetime) -> int:
    """Closes those that are in the ledger again, by their id or their digest. Returns how many."""
    closing = UnknownDelivery.Closing.RETURNED
    return UnknownDelivery.objects.filter(_OPEN & _BACK).update(closed_at=now, closing=closing)


def close(deliveries: Sequence[UUID], *, by_name: str, now: datetime) -> list[UnknownDelivery]:
    """Closes those that somebody has seen to. Returns the ones that were open until now."""
    with transaction.atomic():
        rows = UnknownDelivery.objects.select_for_update().filter(_OPEN, delivery__in=deliveries)
        closed = list(rows.order_by("pk"))
        UnknownDelivery.objects.filter(pk__in=[row.pk for row in closed]).update(
            closed_at=now, closing=UnknownDelivery.Closing.BY_HAND, closed_by_name=by_name
        )
    return closed


def _note_whatever_fails(task: Task, *, now: datetime) -> bool:
    try:
        _note(task, now=now)
    except Error as error:
        sequences.note(error)
        logger.exception(
            "An unknown delivery was not noted.",
            extra={"delivery": str(task.delivery), "error": type(error).__name__},
        )
        return False
    return True


def _note(task: Task, *, now: datetime) -> None:
    known = UnknownDelivery.objects.filter(delivery=task.delivery)
    digest = {"digest": task.digest} if task.digest else {}
    if known.update(last_seen_at=now, seen=F("seen") + 1, **digest):
        return
    if UnknownDelivery.objects.filter(_OPEN).exists():
        logger.error(
            "A task names a delivery that is not in the ledger.",
            extra={"delivery": str(task.delivery)},
        )
    else:
        logger.error(
            "A task is the first to name a delivery that is not in the ledger: if that "
            "was restored to an earlier time, run `manage restored --to MOMENT`, "
            "as in docs/runbook.md.",
            extra={"delivery": str(task.delivery)},
        )
    row = UnknownDelivery(
        delivery=task.delivery, digest=task.digest, first_seen_at=now, last_seen_at=now
    )
    # Of two tasks at once the second finds the row of the first.
    UnknownDelivery.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["delivery"], update_fields=["last_seen_at"]
    )


def _look_again(task: Task, *, noted: bool, queue: TaskQueue, now: datetime) -> bool:
    """Makes the next task of its own, unless another attempt of this one has made it."""
    if task.looks >= len(LOOKS):
        return False
    if noted and not _claim(task, after=task.looks + 1):
        return True
    try:
        queue.create(
            task.delivery, digest=task.digest, looks=task.looks + 1, at=now + LOOKS[task.looks]
        )
    except QueueUnavailable as error:
        logger.warning(
            "No task was made to look for an unknown delivery.",
            extra={"delivery": str(task.delivery), "error": str(error)},
        )
        if noted:
            _give_back(task)
        return False
    return True


def _claim(task: Task, *, after: int) -> bool:
    rows = UnknownDelivery.objects.filter(_OPEN, delivery=task.delivery, looks__lt=after)
    return rows.update(looks=after) == 1


def _give_back(task: Task) -> None:
    """So that the next attempt makes the task."""
    rows = UnknownDelivery.objects.filter(delivery=task.delivery, looks=task.looks + 1)
    try:
        rows.update(looks=task.looks)
    except Error as error:
        logger.warning(
            "No other attempt can make the task that looks for an unknown delivery.",
            extra={"delivery": str(task.delivery), "error": type(error).__name__},
        )
