"""Handles tasks: finds the deliveries' open events, applies them and records the outcomes."""

import logging
from collections.abc import Sequence
from enum import StrEnum

from listeners import scheduling
from listeners.applying import Contended, apply_all, learn_user_ids
from listeners.firestore.errors import Unavailable
from listeners.firestore.store import Store
from listeners.means import Really
from listeners.recording import record
from listeners.restores import unknown
from listeners.runs import Attempt, Clock, Run, begin
from webhooks import clock as ledgers_clock
from webhooks.task_queue import TaskQueue
from webhooks.tasks import Task
from webhooks.transitions import Decision

logger = logging.getLogger(__name__)


class Handled(StrEnum):
    """What a task came to, for the answer to the queue."""

    DONE = "done"
    TRY_AGAIN = "try_again"
    UNKNOWN_DELIVERY = "unknown_delivery"


def handle(
    task: Task,
    *,
    attempt: Attempt,
    store: Store,
    queue: TaskQueue,
    clock: Clock | None = None,
    briefly: bool = False,
) -> Handled:
    """Applies the open events of the task's delivery, or of the task's events where it names some.

    Safe to call for the same task any number of times, also at once. The clock is the ledger's,
    unless another one is handed in. Raises Django's database errors if the ledger cannot be read
    or written; also for a row that somebody holds, where others wait behind it (`briefly`).
    """
    run = begin(task, attempt=attempt, clock=clock)
    if run is None:
        kept = unknown.keep(task, queue=queue, now=(clock or ledgers_clock.now)())
        return Handled.UNKNOWN_DELIVERY if kept else Handled.TRY_AGAIN
    return finish(run, store=store, queue=queue, briefly=briefly)


def finish(run: Run, *, store: Store, queue: TaskQueue, briefly: bool = False) -> Handled:
    """Applies what a run has left to apply and records what it came to. Raises as `handle` does."""
    try:
        for outcome in apply_all(run.left, means=Really(store)):
            run.outcomes.append(outcome)
    except (Unavailable, Contended) as error:
        run.fail(error)
    (decisions,) = record([run], briefly=briefly)
    learn_user_ids(run.outcomes, store=store)
    return follow(run, decisions, queue=queue)


def follow(run: Run, decisions: Sequence[Decision], *, queue: TaskQueue) -> Handled:
    """Makes the tasks that a recorded run needs; what cannot be made the sweeper finds."""
    if run.error:
        logger.warning(
            "A task will be tried again.",
            extra={"delivery": str(run.delivery.pk), "error": run.error},
        )
    scheduling.wait(run.delivery, decisions, queue=queue)
    if run.only and not run.work.rows:
        scheduling.come_again(run.delivery, only=run.only, now=run.started_at, queue=queue)
    return Handled.TRY_AGAIN if run.error else Handled.DONE
