"""Handles the deliveries of a task, so that none of them stops the others."""

import logging
from collections.abc import Callable, Sequence

from listeners.firestore.store import Store
from listeners.runs import Attempt, Clock
from listeners.services import Handled, finish, follow, handle
from listeners.sharing import Shared, share
from visn_whatsapp.budget import Budget
from visn_whatsapp.traces import Under, of_header
from webhooks.task_queue import QueueUnavailable, TaskQueue
from webhooks.tasks import Task

logger = logging.getLogger(__name__)

# After which no other delivery is gone on with: well within what Cloud Run and the queue wait.
BUDGET_SECONDS = 60.0


def handle_each(
    tasks: Sequence[Task],
    *,
    attempt: Attempt,
    store: Store,
    queue: TaskQueue,
    budget: Budget | None = None,
    clock: Clock | None = None,
) -> Handled:
    """Handles what a task names, and gives what must be tried again its own task.

    What it can share with other tasks that come at the same time it shares, and what is left of a
    delivery then is handled by itself (`handle`, whose errors are those of a task of one delivery).
    Of several the result is `TRY_AGAIN` if none came to its end, so that the queue slows down, or
    if one of the others has got no task: then the queue brings all of them again, which does no
    harm. Nothing is gone on with once the budget is spent; it is `BUDGET_SECONDS` unless one is
    handed in.
    """
    budget = budget or Budget(BUDGET_SECONDS)

    def end(task: Task, shared: Shared | None) -> Handled:
        # Behind one of several the others wait.
        briefly = len(tasks) > 1
        if shared is None:
            return handle(
                task, attempt=attempt, store=store, queue=queue, clock=clock, briefly=briefly
            )
        if shared.decisions is None:
            return finish(shared.run, store=store, queue=queue, briefly=briefly)
        return follow(shared.run, shared.decisions, queue=queue)

    every = share(tasks, attempt=attempt, store=store, clock=clock)
    if len(tasks) == 1:
        return end(tasks[0], every[0])
    left = [
        task
        for task, shared in zip(tasks, every, strict=True)
        if not (_is_recorded(shared) or budget.left) or not _is_done(task, shared, end)
    ]
    if len(left) == len(tasks):
        return Handled.TRY_AGAIN
    return Handled.DONE if _alone(left, queue=queue) else Handled.TRY_AGAIN


def _is_recorded(shared: Shared | None) -> bool:
    return shared is not None and shared.decisions is not None


def _is_done(
    task: Task, shared: Shared | None, end: Callable[[Task, Shared | None], Handled]
) -> bool:
    """Whether it needs no other attempt. Whatever goes wrong says nothing about the others."""
    try:
        return end(task, shared) is not Handled.TRY_AGAIN
    except Exception:
        logger.exception(
            "A delivery of a task of several was put off.", extra={"delivery": str(task.delivery)}
        )
        return False


def _alone(tasks: Sequence[Task], *, queue: TaskQueue) -> bool:
    """Makes a task for each, and returns whether all are made."""
    try:
        for task in tasks:
            with Under(of_header(task.traceparent)):
                queue.create(task.delivery, digest=task.digest, events=task.events)
    except QueueUnavailable as error:
        logger.warning(
            "A task of several deliveries will come again whole.", extra={"error": str(error)}
        )
        return False
    return True
