"""The steps that one event took, as far as its rows tell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.utils.timezone import localtime

from eventlog.kinds import display_of
from eventlog.models import ReplayedEvent
from eventlog.questions.wording import name_word
from listeners.models import TaskRun
from listeners.waiting import WAITS
from webhooks.models import Delivery, Event, SweeperTask
from webhooks.outcomes import OPEN, Reason, State
from webhooks.sweeper import ROUNDS


class StepKind(StrEnum):
    """What sort of step it is. The order is that of steps at the same moment."""

    OCCURRED = "occurred"
    RECEIVED = "received"
    REPEATED = "repeated"
    REPLAYED = "replayed"
    SWEPT = "swept"
    QUEUED = "queued"
    RUN = "run"
    SETTLED = "settled"
    NEXT = "next"  # has not happened yet


ORDER = {kind: place for place, kind in enumerate(StepKind)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One thing that happened to an event, or will happen next. Free of personal data."""

    at: datetime
    kind: StepKind
    event: Event
    title: str
    note: str = ""
    state: str = ""  # the outcome, where the step had one
    reason: str = ""
    took: timedelta | None = None
    delivery: UUID | None = None
    run: int | None = None
    job: UUID | None = None
    joins: bool = False  # the event's message was found by another id than it names

    @property
    def ended_at(self) -> datetime:
        """When the next step could begin."""
        return self.at + (self.took or timedelta())


@dataclass(frozen=True, slots=True)
class _Settlement:
    """An outcome that an event has, or had before it was opened again."""

    at: datetime
    state: str
    reason: str


def steps_of(
    event: Event,
    *,
    delivery: Delivery | None,
    runs: Sequence[TaskRun],
    sweeper_tasks: Sequence[SweeperTask],
    replays: Sequence[ReplayedEvent],
    explained: Sequence[datetime] = (),
) -> Iterator[Step]:
    """The steps of an event, in no order.

    `runs` and `sweeper_tasks` are those of its delivery, `replays` its own, all oldest first.
    `explained`: when an alias opened it again.
    """
    if event.occurred_at is not None:
        title = display_of(event.kind).occurred.format(name_word(event))
        yield _step(event, event.occurred_at, StepKind.OCCURRED, title)
    reopenings = sorted({*explained, *_opened_by(replays)})
    handled = list(_runs(event, runs, reopenings))
    by_run = {step.ended_at for step in handled}
    others = [each for each in _settlements(event, replays) if each.at not in by_run]
    yield _received(event, delivery, others)
    yield from _queued(event, replays, handled, reopenings)
    yield from handled
    yield from _sweeps(event, sweeper_tasks)
    yield from _replays(event, replays, explained)
    yield from _settlings(event, others)
    yield from _open(event)


def _step(event: Event, at: datetime, kind: StepKind, title: str, **more: object) -> Step:
    return Step(at=at, kind=kind, event=event, title=title, **more)  # type: ignore[arg-type]


def _received(event: Event, delivery: Delivery | None, settlements: Sequence[_Settlement]) -> Step:
    """With the outcome of an item that was set aside as it was read."""
    count = delivery.item_count if delivery else 0
    at_once = next((each for each in settlements if each.at == event.received_at), None)
    return Step(
        at=event.received_at,
        kind=StepKind.RECEIVED,
        event=event,
        title="Received",
        note=f"item {event.position + 1} of {count}" if count > 1 else "",
        state=at_once.state if at_once else "",
        reason=at_once.reason if at_once else "",
        delivery=event.delivery_id,
    )


def _queued(
    event: Event,
    replays: Sequence[ReplayedEvent],
    handled: Sequence[Step],
    reopenings: Sequence[datetime],
) -> Iterator[Step]:
    """Never after the run that it led to.

    That the queue took a task is written once it has answered, and a quick one has come by then.
    """
    starts = [event.received_at, *reopenings]
    moments = {replay.queued_at_before for replay in replays} | {event.queued_at}
    for moment in sorted(moment for moment in moments if moment is not None):
        opened = max((each for each in starts if each <= moment), default=moment)
        at = min([moment, *(run.at for run in handled if run.at >= opened)])
        yield _step(event, at, StepKind.QUEUED, "Put into the queue")


def _runs(event: Event, runs: Sequence[TaskRun], reopenings: Sequence[datetime]) -> Iterator[Step]:
    waits, to_come = 0, [*reopenings]
    for run in runs:
        while to_come and to_come[0] <= run.started_at:
            to_come.pop(0)
            waits = 0
        reason = _reason_in(run, event)
        if reason is None and (run.result == TaskRun.Result.DONE or not _was_open(event, run)):
            continue
        waits += reason in WAITS
        yield _run(event, run, reason, waits)


def _run(event: Event, run: TaskRun, reason: Reason | None, waits: int) -> Step:
    return Step(
        at=run.started_at,
        kind=StepKind.RUN,
        event=event,
        title=f"Task handled, attempt {run.retry_count + 1}",
        note=_wait(reason, waits, run) if reason else f"{run.error}; the queue tries again",
        state=reason.state if reason else "",
        reason=reason or "",
        took=run.finished_at - run.started_at,
        run=run.pk,
        joins=bool(event.stored_id) and run.finished_at == event.settled_at,
    )


def _wait(reason: Reason, waits: int, run: TaskRun) -> str:
    schedule = WAITS.get(reason, ())
    if not 0 < waits <= len(schedule):
        return ""
    next_try = localtime(run.finished_at + schedule[waits - 1])
    return f"wait {waits} of {len(schedule)}, next try {next_try:%H:%M:%S}"


def _reason_in(run: TaskRun, event: Event) -> Reason | None:
    for reason, ids in run.outcomes.items():
        if event.pk in ids:
            return Reason.known(reason)
    return None


def _was_open(event: Event, run: TaskRun) -> bool:
    return run.started_at >= event.received_at and (
        event.settled_at is None or run.finished_at < event.settled_at
    )


def _opened_by(replays: Sequence[ReplayedEvent]) -> Iterator[datetime]:
    return (replay.reopened_at for replay in replays if replay.reopened_at is not None)


def _replays(
    event: Event, replays: Sequence[ReplayedEvent], explained: Sequence[datetime]
) -> Iterator[Step]:
    for moment in explained:
        title = "Opened again: WhatsApp has told who the driver was before"
        yield _step(event, moment, StepKind.REPLAYED, title)
    for replay in replays:
        if replay.reopened_at is not None:
            yield Step(
                at=replay.reopened_at,
                kind=StepKind.REPLAYED,
                event=event,
                title=f"Opened again by {replay.job.asked_by_name or 'a command'}",
                note=replay.job.name,
                job=replay.job_id,
            )


def _sweeps(event: Event, tasks: Sequence[SweeperTask]) -> Iterator[Step]:
    for task in tasks:
        if event.pk in task.events:
            title = f"Sent on by the sweeper, round {task.round} of {ROUNDS}"
            yield _step(event, task.made_at, StepKind.SWEPT, title)


def _settlings(event: Event, settlements: Sequence[_Settlement]) -> Iterator[Step]:
    """Outcomes that no run explains: those of the sweeper."""
    for settlement in settlements:
        if settlement.at != event.received_at:
            gave_up = settlement.reason == Reason.GAVE_UP
            yield Step(
                at=settlement.at,
                kind=StepKind.SETTLED,
                event=event,
                title=f"The sweeper gave up after {ROUNDS} rounds" if gave_up else "Settled",
                state=settlement.state,
                reason=settlement.reason,
            )


def _settlements(event: Event, replays: Sequence[ReplayedEvent]) -> Iterator[_Settlement]:
    for replay in replays:
        if replay.reopened_at is not None and replay.settled_at_before is not None:
            yield _Settlement(replay.settled_at_before, replay.state_before, replay.reason_before)
    if event.settled_at is not None:
        yield _Settlement(event.settled_at, event.state, event.reason)


def _open(event: Event) -> Iterator[Step]:
    """What comes next."""
    if event.state not in OPEN or event.check_at is None:
        return
    title = "Next try" if event.state == State.WAITING else "The sweeper looks again"
    yield _step(event, event.check_at, StepKind.NEXT, title)
