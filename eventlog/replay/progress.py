"""How far a replay has come, and what has changed by it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count

from eventlog.models import ReplayedEvent, ReplayJob
from eventlog.replay.outcomes import EVENT_STATE, UNSETTLED
from webhooks.outcomes import Reason, State


@dataclass(frozen=True, kw_only=True, slots=True)
class StateAndReason:
    """A state and the reason for it."""

    state: State
    reason: Reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """Events that stood alike before the replay and stand alike after it."""

    before: StateAndReason
    after: StateAndReason
    count: int

    @property
    def changed(self) -> bool:
        """Whether the replay made a difference."""
        return self.before != self.after


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """Where the events of a job stand."""

    total: int
    to_open: int  # not opened again yet
    without_task: int  # opened, and the queue has not taken a task for them: the sweeper's
    queued: int  # opened, and in the queue
    waiting: int  # opened, waiting for their message
    changes: tuple[Change, ...]  # of those with an outcome; differences first, the largest first

    @property
    def done(self) -> int:
        """How many have an outcome."""
        return sum(change.count for change in self.changes)

    @property
    def changed(self) -> int:
        """How many have another outcome than before."""
        return sum(change.count for change in self.changes if change.changed)

    @property
    def repaired(self) -> int:
        """How many are in the chats again: of a repair that is the same outcome as before."""
        return sum(change.count for change in self.changes if change.after.state == State.PROCESSED)

    @property
    def applied(self) -> int:
        """How many were applied to a chat by it."""
        return sum(
            change.count
            for change in self.changes
            if change.changed and change.after.state == State.PROCESSED
        )


def progress(job: ReplayJob) -> Progress:
    """Counts the events of a job."""
    rows = ReplayedEvent.objects.filter(job=job)
    opened = dict(
        rows.filter(UNSETTLED)
        .annotate(event_state=EVENT_STATE)
        .values_list("event_state")
        .annotate(count=Count("pk"))
    )
    without_task = opened.pop(State.RECEIVED.value, 0)
    waiting = opened.pop(State.WAITING.value, 0)
    return Progress(
        total=job.event_count,
        to_open=rows.filter(closed_at=None, reopened_at=None).count(),
        without_task=without_task,
        queued=sum(opened.values()),
        waiting=waiting,
        changes=_changes(
            rows.filter(closed_at__isnull=False)
            .values_list("state_before", "reason_before", "state_after", "reason_after")
            .annotate(count=Count("pk"))
        ),
    )


def _changes(rows: Iterable[tuple[str, str, str, str, int]]) -> tuple[Change, ...]:
    changes = [
        Change(
            before=StateAndReason(state=State.of(state_before), reason=Reason.of(reason_before)),
            after=StateAndReason(state=State.of(state_after), reason=Reason.of(reason_after)),
            count=count,
        )
        for state_before, reason_before, state_after, reason_after, count in rows
    ]
    return tuple(sorted(changes, key=lambda change: (not change.changed, -change.count)))
