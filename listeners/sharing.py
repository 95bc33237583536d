"""Lets tasks that come at the same time share what applying them costs.

They share one look at Firestore, as many commits as their writes need, and one transaction of the
ledger. What takes longer than that is nobody's to wait for but its own task's.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from uuid import UUID

from django.db import Error

from listeners.applying import Work, apply_at_once, learn_user_ids
from listeners.firestore.errors import Unavailable
from listeners.firestore.store import Store
from listeners.means import Really
from listeners.recording import record
from listeners.runs import Attempt, Clock, Run, begin_together
from listeners.workspace import Outcome
from visn_whatsapp.budget import Budget
from visn_whatsapp.telemetry import spans
from visn_whatsapp.together import Alone, Together
from visn_whatsapp.traces import Trace
from webhooks.storable import Unstorable
from webhooks.tasks import Task
from webhooks.transitions import Decision

logger = logging.getLogger(__name__)

MOST_TOGETHER = 100  # tasks in one run
# After which whoever waits begins a run beside the one under way.
PATIENCE_SECONDS = 0.5
# A ledger that fails later than this after the beginning is out of reach for each alone as well.
ALONE_WITHIN_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Shared:
    """A run after what it shares with others."""

    run: Run
    decisions: Sequence[Decision] | None  # None: it is not recorded, and may have something left


@dataclass(frozen=True, kw_only=True, slots=True)
class _Call:
    tasks: Sequence[Task]
    attempt: Attempt
    store: Store
    clock: Clock | None
    trace: Trace | None  # what it stands under, where spans are exported


def share(
    tasks: Sequence[Task], *, attempt: Attempt, store: Store, clock: Clock | None = None
) -> list[Shared | None]:
    """Applies tasks with those of others who come at the same time, as far as one look goes.

    None for a task that has to be handled by itself from the beginning. Raises Django's database
    errors if the ledger is out of reach.
    """
    parts = [tasks[first : first + MOST_TOGETHER] for first in range(0, len(tasks), MOST_TOGETHER)]
    trace = spans.own()
    shared = (
        _shared(_Call(tasks=part, attempt=attempt, store=store, clock=clock, trace=trace))
        for part in parts
    )
    return [*chain.from_iterable(shared)]


def _shared(call: _Call) -> list[Shared | None]:
    budget = Budget(ALONE_WITHIN_SECONDS)
    try:
        return _TOGETHER.do(call)
    except Alone as failed:
        if isinstance(failed.__cause__, Error) and not budget.left:
            raise failed.__cause__ from None
        return [None] * len(call.tasks)


def waiting() -> int:
    """How many requests wait in this process until another run is through."""
    return _TOGETHER.waiting


def _share(calls: Sequence[_Call]) -> list[list[Shared | None]]:
    """One run for all calls of one store and clock, of which a process has one each."""
    answers: dict[int, list[Shared | None]] = {}
    for store, clock in dict.fromkeys((call.store, call.clock) for call in calls):
        alike = [call for call in calls if (call.store, call.clock) == (store, clock)]
        tasks = [(task, call.attempt) for call in alike for task in call.tasks]
        own = {task.delivery: call.trace for call in alike for task in call.tasks}
        with spans.shared(own):
            shared = iter(_run(tasks, store=store, clock=clock))
        for call in alike:
            answers[id(call)] = [next(shared) for _ in call.tasks]
    return [answers[id(call)] for call in calls]


def _run(
    tasks: Sequence[tuple[Task, Attempt]], *, store: Store, clock: Clock | None
) -> list[Shared | None]:
    begun = begin_together(tasks, clock=clock)
    runs = [run for run in begun if run is not None]
    _apply(runs, store=store)
    recorded = _record([run for run in runs if run.error or not run.left.items])
    return [
        None if run is None else Shared(run=run, decisions=recorded.get(run.delivery.pk))
        for run in begun
    ]


def _apply(runs: Sequence[Run], *, store: Store) -> None:
    """Gives the runs the outcomes that hold after one look at all of their items."""
    whose = {position: run for run in runs for position in run.work.rows}
    work = Work(
        items=[*chain.from_iterable(run.work.items for run in runs)],
        rows={position: row for run in runs for position, row in run.work.rows.items()},
    )
    outcomes: list[Outcome] = []
    try:
        if work.items:
            # What it yields before an error stays.
            outcomes.extend(apply_at_once(work, means=Really(store)))
    except Unavailable as error:
        if len(runs) == 1:
            runs[0].fail(error)
        else:
            # It may be one of them for which it has no answer: each by itself shows which.
            logger.info("Firestore did not answer a run of several deliveries.")
    except Exception:
        logger.exception("A run of several deliveries was left to each of them.")
    for outcome in outcomes:
        whose[outcome.item.position].outcomes.append(outcome)


def _record(runs: Sequence[Run]) -> dict[UUID, Sequence[Decision]]:
    """What each has decided, by its delivery; nothing if all cannot be recorded together."""
    if not runs:
        return {}
    try:
        decisions = record(runs)
    except (Error, Unstorable):
        logger.info("Runs that were shared are recorded one by one.")
        return {}
    return {run.delivery.pk: each for run, each in zip(runs, decisions, strict=True)}


def _learn(
    calls: Sequence[_Call], answers: Sequence[list[Shared | None]]
) -> Sequence[list[Shared | None]]:
    """Learns the user ids of what is recorded, while the next run is under way."""
    for store in dict.fromkeys(call.store for call in calls):
        recorded = [
            outcome
            for call, every in zip(calls, answers, strict=True)
            for shared in every
            if call.store == store and shared is not None and shared.decisions is not None
            for outcome in shared.run.outcomes
        ]
        learn_user_ids(recorded, store=store)
    return answers


_TOGETHER = Together(
    _share,
    then=_learn,
    weigh=lambda call: len(call.tasks),
    most=MOST_TOGETHER,
    patience=PATIENCE_SECONDS,
)
