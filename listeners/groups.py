"""Handles a task of several deliveries: each by itself, so that none of them stops the others."""

import logging
from collections.abc import Sequence

from listeners.firestore.store import Store
from listeners.services import Attempt, Handled, handle
from visn_whatsapp.budget import Budget
from webhooks.task_queue import QueueUnavailable, TaskQueue
from webhooks.tasks import Task

logger = logging.getLogger(__name__)

# After which no other delivery is begun: well within what Cloud Run and the queue wait.
BUDGET_SECONDS = 60.0


def handle_each(
    tasks: Sequence[Task],
    *,
    attempt: Attempt,
    store: Store,
    queue: TaskQueue,
    budget: Budget | None = None,
) -> Handled:
    """Handles what a task names, in its order, and gives what must be tried again its own task.

    One delivery alone is handled as ever, errors and all. Of several the result is `TRY_AGAIN` if
    none came to its end, so that the queue slows down, or if one of the others has got no task:
    then the queue brings all of them again, which does no harm. Nothing is begun once the budget
    is spent; it is `BUDGET_SECONDS` unless one is handed in.
    """
    if len(tasks) == 1:
        return handle(tasks[0], attempt=attempt, store=store, queue=queue)
    budget = budget or Budget(BUDGET_SECONDS)
    left = [
        task
        for task in tasks
        if not budget.left or not _is_done(task, attempt=attempt, store=store, queue=queue)
    ]
    if len(left) == len(tasks):
        return Handled.TRY_AGAIN
    return Handled.DONE if _alone(left, queue=queue) else Handled.TRY_AGAIN


def _is_done(task: Task, *, attempt: Attempt, store: Store, queue: TaskQueue) -> bool:
    """Whether it needs no other attempt. Whatever goes wrong says nothing about the others."""
    try:
        return handle(task, attempt=attempt, store=store, queue=queue) is not Handled.TRY_AGAIN
    except Exception:
        logger.exception(
            "A delivery of a task of several was put off.", extra={"delivery": str(task.delivery)}
        )
        return False


def _alone(tasks: Sequence[Task], *, queue: TaskQueue) -> bool:
    """Makes a task for each, and returns whether all are made."""
    try:
        for task in tasks:
            queue.create(task.delivery, digest=task.digest, events=task.events)
    except QueueUnavailable as error:
        logger.warning(
            "A task of several deliveries will come again whole.", extra={"error": str(error)}
        )
        return False
    return True
