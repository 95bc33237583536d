"""Counts the rows of the ledger: one tally for each minute and lease number, as it is spelled."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from operator import itemgetter
from typing import NamedTuple

from eventlog.chunks import chunks
from eventlog.figures.tally import Tally, count
from eventlog.questions.windows import Window, received_in
from listeners.models import TaskRun
from webhooks.conditions import is_unseen
from webhooks.models import Delivery, Event
from webhooks.outcomes import State
from webhooks.stages import Stage, passed
from webhooks.whatsapp.numbers import canonical

ALL = "*"  # in place of a lease number: all of them together
MINUTE = timedelta(minutes=1)
ROWS_AT_A_TIME = 1000  # read from the database; what they take is kept by the process

Tallies = dict[tuple[datetime, str], Tally]  # by minute and lease number


class CountedEvent(NamedTuple):
    """What is read of an event."""

    lease_number: str
    state: str
    reason: str
    kind: str
    name: str
    error_code: int | None
    waits: int
    reopened_at: datetime | None
    occurred_at: datetime | None
    received_at: datetime
    queued_at: datetime | None
    started_at: datetime | None
    settled_at: datetime | None


_received_at = itemgetter(CountedEvent._fields.index("received_at"))


def count_minutes(start: datetime, end: datetime) -> Tallies:
    """Returns the tallies of what was received from `start` until before `end`."""
    tallies: Tallies = defaultdict(Tally)
    for row in _events(start, end):
        count_event(tallies[minute_of(row.received_at), row.lease_number], row)
    for (minute, _number), tally in list(tallies.items()):
        tallies[minute, ALL].add(tally)
    for received_at, items, repeat in _deliveries(start, end):
        tally = tallies[minute_of(received_at), ALL]
        tally.deliveries += 1
        tally.repeats += repeat
        tally.items += items
    for (started_at, _run), lease_numbers in _retries(start, end).items():
        for lease_number in lease_numbers | {ALL}:
            tallies[minute_of(started_at), lease_number].retries += 1
    return dict(tallies)


def minute_of(moment: datetime) -> datetime:
    """Returns the start of its minute."""
    return moment.replace(second=0, microsecond=0)


def count_event(tally: Tally, row: CountedEvent) -> None:
    """Adds an event to a tally."""
    count(tally.states, row.state)
    count(tally.kinds, row.kind)
    if row.reason:
        count(tally.reasons, row.reason)
    if row.state == State.IGNORED:
        tally.count_ignored(f"{row.reason} {row.name}".strip())
    if row.error_code is not None:
        tally.count_code(row.error_code)
    tally.unseen += is_unseen(kind=row.kind, name=row.name, state=row.state)
    tally.waited += row.waits > 0
    _measure_stages(tally, row)


def _measure_stages(tally: Tally, row: CountedEvent) -> None:
    """Measures the stages that the event has passed."""
    if row.occurred_at is not None:
        tally.measure(Stage.ARRIVAL, row.received_at - row.occurred_at)
    stages = passed(
        received_at=row.received_at,
        queued_at=row.queued_at,
        started_at=row.started_at,
        settled_at=row.settled_at,
        waited=row.waits > 0,
        reopened=row.reopened_at is not None,
    )
    for stage, duration in stages:
        tally.measure(stage, duration)


def _events(start: datetime, end: datetime) -> Iterator[CountedEvent]:
    found = Event.objects.filter(received_at__gte=start, received_at__lt=end)
    rows = found.values_list(*CountedEvent._fields)
    for some in chunks(rows, by="received_at", value=_received_at, size=ROWS_AT_A_TIME):
        for values in some:
            yield CountedEvent(*values)


def _deliveries(start: datetime, end: datetime) -> Iterator[tuple[datetime, int, bool]]:
    """When it came, the items it held by its own count, and whether it was a repeat."""
    found = Delivery.objects.filter(received_in(Window(start=start, end=end)))
    rows = found.values_list("received_at", "item_count", "repeat_of")
    for some in chunks(rows, by="received_at", value=itemgetter(0), size=ROWS_AT_A_TIME):
        for received_at, items, repeat_of in some:
            yield received_at, items, repeat_of is not None


def _retries(start: datetime, end: datetime) -> dict[tuple[datetime, int], set[str]]:
    """The runs that were not the first of their task, with the lease numbers of their events.

    Of a number in two spellings with one, so that the sum of both counts each run once.
    """
    rows = (
        TaskRun.objects.filter(started_at__gte=start, started_at__lt=end, retry_count__gt=0)
        .order_by()
        .values_list("started_at", "pk", "delivery__events__lease_number")
    )
    found: dict[tuple[datetime, int], dict[str, str]] = defaultdict(dict)
    for started_at, run, lease_number in rows.distinct():
        number = lease_number or ""
        spelled, key = found[started_at, run], canonical(number)
        spelled[key] = min(number, spelled.get(key, number))
    return {run: {*spelled.values()} for run, spelled in found.items()}
