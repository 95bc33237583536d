"""The timeline of a message: every step of every event about it, in order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.timezone import localdate

from listeners.log.history import History
from listeners.log.steps import ORDER, Step, StepKind, steps_of
from webhooks.models import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A step, and how long it came after the one before."""

    step: Step
    gap: timedelta | None  # None for the first
    own: bool  # it is a step of the event that is looked at
    future: bool
    dated: bool  # it is the first of its day


def timeline(history: History, *, now: datetime) -> list[Entry]:
    """All steps of the message's events, oldest first."""
    steps = sorted(_steps(history), key=lambda step: (step.at, ORDER[step.kind], step.event.pk))
    entries: list[Entry] = []
    before: datetime | None = None
    for step in steps:
        gap = step.at - before if before is not None else None
        own, future = step.event.pk == history.event.pk, step.at > now
        dated = not entries or localdate(step.at) != localdate(entries[-1].step.at)
        entries.append(Entry(step=step, gap=gap, own=own, future=future, dated=dated))
        before = step.ended_at if before is None else max(before, step.ended_at)
    return entries


def _steps(history: History) -> Iterator[Step]:
    told = set()
    # What happened at WhatsApp happened once, however often it was told: best by the event itself.
    for event in sorted(history.events, key=lambda event: event.pk != history.event.pk):
        occurrence = (event.kind, event.name, event.message_id, event.occurred_at)
        for step in _steps_of(event, history):
            if step.kind != StepKind.OCCURRED or occurrence not in told:
                yield step
        told.add(occurrence)
    yield from _repeats(history)


def _steps_of(event: Event, history: History) -> Iterator[Step]:
    delivery = event.delivery_id
    return steps_of(
        event,
        delivery=history.deliveries.get(delivery),
        runs=[run for run in history.runs if run.delivery_id == delivery],
        sweeper_tasks=[task for task in history.sweeper_tasks if task.delivery_id == delivery],
        replays=[replay for replay in history.replays if replay.event_id == event.pk],
    )


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
