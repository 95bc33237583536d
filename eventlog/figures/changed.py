"""The minutes that have to be counted again: what came in them, or its runs, has changed since."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min, QuerySet
from django.db.models.functions import TruncMinute

from eventlog.marks import end_of_part
from eventlog.models import ReplayedEvent
from listeners.models import TaskRun
from webhooks.alias import reopened_between
from webhooks.models import Event

MINUTES_AT_A_TIME = 60  # that a part counts again, each with all that came in it
LONGEST_RUN = timedelta(minutes=30)  # that Cloud Tasks waits for an answer


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """A part of what has changed."""

    minutes: Collection[datetime]
    until: datetime  # what changed before is in them


def changed_minutes(
    after: datetime, *, end: datetime, start: datetime, before: datetime
) -> Changed:
    """What has changed from `after` on, until `end` at most.

    Of minutes from `start` until before `before`. So that it is not too much, it may end earlier,
    but always after `after` unless `end` does.
    """
    for rows, moment in (
        (Event.objects.all(), "settled_at"),
        (ReplayedEvent.objects.all(), "reopened_at"),
        (TaskRun.objects.all(), "started_at"),
    ):
        end = end_of_part(rows, moment, start=after, end=end)
    first: dict[datetime, datetime] = {}  # change of each minute
    for minute, moment_of_change in _changes(after, end):
        if start <= minute < before:
            first[minute] = min(moment_of_change, first.get(minute, moment_of_change))
    later = sorted(moment for moment in first.values() if moment > after)
    until = next(iter(later[MINUTES_AT_A_TIME:]), end)
    return Changed(
        minutes={minute for minute, moment in first.items() if moment < until}, until=until
    )


def _changes(since: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Minutes in which something has changed in that time, and when first."""
    # One condition each: with a second one on the time, SQLite would read all events of that time.
    settled = Event.objects.filter(settled_at__gte=since, settled_at__lt=end)
    yield from _firsts(settled, "received_at", "settled_at")
    replayed = Event.objects.filter(replays__reopened_at__gte=since, replays__reopened_at__lt=end)
    yield from _firsts(replayed, "received_at", "replays__reopened_at")
    explained = Event.objects.filter(pk__in=reopened_between(since, end))
    for minute, _ in _firsts(explained, "received_at", "received_at"):
        yield minute, since
    retried = TaskRun.objects.filter(
        retry_count__gt=0,
        started_at__gte=since - LONGEST_RUN,
        started_at__lt=end,
        finished_at__gte=since,
        finished_at__lt=end,
    )
    yield from _firsts(retried, "started_at", "finished_at")


def _firsts(
    rows: QuerySet[Event] | QuerySet[TaskRun], came_at: str, changed_at: str
) -> Iterator[tuple[datetime, datetime]]:
    minutes = rows.order_by().values_list(TruncMinute(came_at))
    yield from minutes.annotate(Min(changed_at))
