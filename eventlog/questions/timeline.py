"""The timeline of a message: every step of every event about it, in order."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from django.utils.timezone import localdate

from eventlog.questions.history import History
from eventlog.questions.steps import ORDER, Step, StepKind, steps_of
from webhooks.models import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A step of one event, or of several at once, and how long it came after the one before."""

    step: Step
    events: Sequence[Event]
    gap: timedelta | None  # None for the first
    own: bool  # it is a step of the event that is looked at
    future: bool
    dated: bool  # it is the first of its day


def timeline(history: History, *, now: datetime) -> list[Entry]:
    """All steps of the message's events, oldest first."""
    entries: list[Entry] = []
    before: datetime | None = None
    for together in _in_order(_steps(history)):
        events = [step.event for step in together]
        step = _one_of(together, history.event)
        gap = max(step.at - before, timedelta()) if before is not None else None
        own, future = step.event.pk == history.event.pk, step.at > now
        dated = not entries or localdate(step.at) != localdate(entries[-1].step.at)
        entries.append(
            Entry(step=step, events=events, gap=gap, own=own, future=future, dated=dated)
        )
        before = step.ended_at if before is None else max(before, step.ended_at)
    return entries


def _in_order(steps: Iterable[Step]) -> Iterator[list[Step]]:
    """Puts together what was one thing for several events: a delivery, a run of a task."""
    ordered = sorted(steps, key=lambda step: (*_happening(step), step.event.pk))
    for _, together in groupby(ordered, key=_happening):
        yield list(together)


def _happening(step: Step) -> tuple[object, ...]:
    said = attrgetter("title", "state", "reason", "took", "delivery", "run", "job")(step)
    return step.at, ORDER[step.kind], *map(str, said)


def _one_of(together: Sequence[Step], event: Event) -> Step:
    """The step of the event itself, if it is there; what only one of them says is left out else."""
    own = next((step for step in together if step.event.pk == event.pk), None)
    if own is not None or len({step.note for step in together}) == 1:
        return own or together[0]
    return replace(together[0], note="")


def _steps(history: History) -> Iterator[Step]:
    for event in history.events:
        yield from steps_of(
            event,
            delivery=history.deliveries.get(event.delivery_id),
            runs=[run for run in history.runs if run.delivery_id == event.delivery_id],
            sweeper_tasks=[
                task for task in history.sweeper_tasks if task.delivery_id == event.delivery_id
            ],
            replays=[replay for replay in history.replays if replay.event_id == event.pk],
            explained=history.explained.get(event.pk, ()),
        )
    yield from _repeats(history)


def _repeats(history: History) -> Iterator[Step]:
    """Each repeat once, with the event that is looked at where it is in it."""
    for repeat in history.repeats:
        event = _event_in(history, repeat.repeat_of_id)
        yield Step(
            at=repeat.received_at,
            kind=StepKind.REPEATED,
            event=event,
            title="The same bytes came again",
            delivery=repeat.pk,
        )


def _event_in(history: History, delivery: object) -> Event:
    events: Sequence[Event] = [event for event in history.events if event.delivery_id == delivery]
    return history.event if history.event in events else events[0]
