"""What metrics count of tasks: their attempts, and what became of events."""

from collections.abc import Iterable
from datetime import datetime
from typing import Self

from visn_whatsapp.telemetry import metrics
from webhooks.counted import kind_of, settled
from webhooks.models import Event
from webhooks.stages import passed
from webhooks.transitions import Decision

MOMENTS = ("received_at", "queued_at", "reopened_at")  # of a row, which nobody else needs
FAILED = "failed"  # an attempt that came to no end of its own


def decided(
    decisions: Iterable[Decision], rows: Iterable[Event], *, started_at: datetime, now: datetime
) -> None:
    """Counts what runs have decided of events, whose rows they had read with these moments."""
    by_key = {row.pk: row for row in rows}
    for each in decisions:
        row = by_key[each.event]
        if each.check_at is not None:
            told = {metrics.KIND: kind_of(row.kind), metrics.REASON: each.reason.value}
            metrics.count(metrics.WAITS, 1, told)
        else:
            settled(row.kind, each.reason)
            _measure(row, started_at=started_at, now=now)


def _measure(row: Event, *, started_at: datetime, now: datetime) -> None:
    """Where the task came before it was noted that it was made, nobody had it to wait for."""
    stages = passed(
        received_at=row.received_at,
        queued_at=row.queued_at or started_at,
        started_at=started_at,
        settled_at=now,
        waited=row.waits > 0,
        reopened=row.reopened_at is not None,
    )
    for stage, duration in stages:
        told = {metrics.STAGE: stage.value}
        metrics.measure(metrics.DURATION, duration.total_seconds(), told)


class Attempted:
    """As long as it lasts, a task is handled; then it is counted by what it came to."""

    __slots__ = ("_result", "_retry")

    def __init__(self, *, retries: int) -> None:
        self._retry = retries > 0
        self._result = FAILED

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        told: dict[str, str | bool] = {metrics.RESULT: self._result, metrics.RETRY: self._retry}
        if kind is not None:
            told[metrics.ERROR] = f"{kind.__module__}.{kind.__qualname__}"
        metrics.count(metrics.ATTEMPTS, 1, told)

    def came_to(self, result: str) -> None:
        """Says what the queue is answered."""
        self._result = result
