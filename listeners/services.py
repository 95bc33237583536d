"""Handles a task: finds the delivery's open events, applies them and records the outcomes."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from listeners.applying import Contended, Work, apply_all, learn_user_ids
from listeners.firestore.errors import Unavailable
from listeners.firestore.store import Store
from listeners.models import TaskRun
from listeners.recording import record
from listeners.restores import unknown, windows
from listeners.workspace import Outcome
from webhooks.matching import FIELDS as IDENTITY
from webhooks.matching import match
from webhooks.models import Delivery, Event
from webhooks.outcomes import OPEN, Reason, State, other_than
from webhooks.rows import Values, select, select_beside, select_timed
from webhooks.task_queue import QueueUnavailable, TaskQueue
from webhooks.tasks import Task
from webhooks.transitions import Decision
from webhooks.whatsapp.items import Item, Kind, UnprocessedItem
from webhooks.whatsapp.payload import parse
from webhooks.whatsapp.reading import read

logger = logging.getLogger(__name__)

# A scheduled task may come a little before its time.
EARLY = timedelta(seconds=1)
# Earlier it comes where the queue's clock is ahead of the ledger's; so far ahead none is.
AHEAD = timedelta(seconds=30)


class Handled(StrEnum):
    """What a task came to, for the answer to the queue."""

    DONE = "done"
    TRY_AGAIN = "try_again"
    UNKNOWN_DELIVERY = "unknown_delivery"


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """What Cloud Tasks says about this attempt. Anybody can say it: it is only noted."""

    task_name: str = ""
    retry_count: int = 0


def handle(
    task: Task,
    *,
    attempt: Attempt,
    store: Store,
    queue: TaskQueue,
    clock: Callable[[], datetime] | None = None,
) -> Handled:
    """Applies the open events of the task's delivery, or of the task's events where it names some.

    Safe to call for the same task any number of times, also at once. The clock is the ledger's,
    unless another one is handed in. Raises Django's database errors if the ledger cannot be read
    or written.
    """
    delivery, only, ledgers_clock = _named(task)
    clock = clock or ledgers_clock
    started_at = clock()
    if delivery is None:
        kept = unknown.keep(task, queue=queue, now=started_at)
        return Handled.UNKNOWN_DELIVERY if kept else Handled.TRY_AGAIN
    rows, in_window = _due(delivery, only=only, now=started_at)
    work = _work(delivery, rows, in_window=in_window)
    run = TaskRun(
        delivery=delivery,
        task_name=attempt.task_name,
        retry_count=attempt.retry_count,
        started_at=started_at,
        result=TaskRun.Result.DONE,
    )
    outcomes = list[Outcome]()
    try:
        for outcome in apply_all(work, store=store):
            outcomes.append(outcome)
    except (Unavailable, Contended) as error:
        run.result = TaskRun.Result.TRY_AGAIN
        run.error = _kind_of(error)
        logger.warning(
            "A task will be tried again.", extra={"delivery": str(delivery.pk), "error": run.error}
        )
    decisions = record(outcomes, rows=work.rows, run=run, now=clock())
    _wait(delivery, decisions, queue=queue)
    if only and not rows:
        _come_again(delivery, only=only, now=started_at, queue=queue)
    learn_user_ids(outcomes, store=store)
    return Handled(run.result)


def _named(
    task: Task,
) -> tuple[Delivery | None, Sequence[int], Callable[[], datetime]]:
    """The delivery that the task means, which of its events (none: all), and the clock.

    Where it is gone and its bytes have come again, they are another delivery, whose events have
    other ids.
    """
    delivery, clock = _original("id = %(id)s", {"id": task.delivery})
    if delivery is not None or not task.digest:
        return delivery, task.events, clock
    condition = "digest = %(digest)s AND repeat_of_id IS NULL"
    known, clock = _original(condition, {"digest": task.digest})
    return known, (), clock


def _original(condition: str, values: Values) -> tuple[Delivery | None, Callable[[], datetime]]:
    """The delivery that has the bytes and the events (a repeat points to it), and the clock."""
    fields = ("id", "digest", "body", "repeat_of")
    found, clock = select_timed(Delivery, fields, where=condition, values=values)
    return (found[0].repeat_of or found[0] if found else None), clock


def _due(delivery: Delivery, *, only: Sequence[int], now: datetime) -> tuple[list[Event], bool]:
    """The open events, without those whose next try is still to come; and whether a text may have
    been written by somebody whom the ledger does not remember.
    """
    due = (
        "delivery_id = %(delivery)s AND state NOT IN %(state__not_open)s "
        "AND (state <> %(state__waiting)s OR check_at <= %(check_at)s)"
    )
    values = {
        "delivery": delivery.pk,
        "state__not_open": other_than(OPEN),
        "state__waiting": State.WAITING,
        "check_at": now + EARLY,
    }
    rows, in_window = select_beside(
        Event,
        ("id", *IDENTITY, "state", "waits", "check_at", "reopenings"),
        where=f"{due} AND id IN %(id)s" if only else due,
        values=values | {"id": tuple(only)} if only else values,
        beside=windows.ANY_LOOKING,
    )
    return rows, bool(in_window)


def _work(delivery: Delivery, rows: Iterable[Event], *, in_window: bool) -> Work:
    """Reads the events again from the bytes; the ledger says which of them are open."""
    by_position = {row.position: row for row in rows}
    if not by_position:
        return Work(items=(), rows={})
    items = read(parse(bytes(delivery.body or b"")))
    still_open = [
        _unread(position) if item is None else item
        for position, item in _in_place(items, delivery, by_position)
    ]
    sought = windows.sought(still_open) if in_window else frozenset()
    return Work(items=still_open, rows=by_position, sought=sought)


def _in_place(
    items: Sequence[Item], delivery: Delivery, rows: Mapping[int, Event]
) -> list[tuple[int, Item | None]]:
    """The items of these rows, each at the position of its row, where another release put it."""
    pairs = match(items, rows.values())
    moved = (
        item is None or item.position != row.position for item, row in pairs if row is not None
    )
    if any(moved):
        where, values = "delivery_id = %(delivery)s", {"delivery": delivery.pk}
        pairs = match(items, select(Event, ("id", *IDENTITY), where=where, values=values))
        return [
            (row.position, item and replace(item, position=row.position))
            for item, row in pairs
            if row is not None and row.position in rows
        ]
    return [(row.position, item) for item, row in pairs if row is not None]


def _unread(position: int) -> UnprocessedItem:
    """In place of what the database has refused to hold, or another release has read."""
    return UnprocessedItem(
        position=position,
        kind=Kind.CONTAINER,
        name="payload",
        reason=Reason.MALFORMED,
        detail="nothing in the bytes is the item of this event",
    )


def _kind_of(error: Exception) -> str:
    """Names of exceptions only: their words may hold personal data."""
    cause = error.__cause__
    return type(error).__name__ + (f": {type(cause).__name__}" if cause else "")


def _wait(delivery: Delivery, decisions: Iterable[Decision], *, queue: TaskQueue) -> None:
    """Makes one task for all events that this run lets wait until the same time.

    An event whose wait this run could not decide about is left to the task that found it due. If
    the queue does not take a task, the sweeper finds the events.
    """
    waiting: dict[datetime, list[int]] = {}
    for decision in decisions:
        if decision.check_at is not None:
            waiting.setdefault(decision.check_at, []).append(decision.event)
    _schedule(waiting, delivery, queue=queue)


def _come_again(
    delivery: Delivery, *, only: Sequence[int], now: datetime, queue: TaskQueue
) -> None:
    """Gives events whose task came before their time another one.

    As much later as this one came too early: by so much the queue's clock is ahead of the ledger's.
    """
    # Found by their keys: asked for by the time, everything that is due then might be read.
    rows = select(
        Event,
        ("id", "state", "check_at"),
        where="delivery_id = %(delivery)s AND id IN %(id)s",
        values={"delivery": delivery.pk, "id": tuple(only)},
    )
    early: dict[datetime, list[int]] = {}
    for row in rows:
        waits_until = row.check_at if row.state == State.WAITING else None
        if waits_until is not None and EARLY < waits_until - now <= AHEAD:
            early.setdefault(waits_until + (waits_until - now), []).append(row.pk)
    _schedule(early, delivery, queue=queue)


def _schedule(
    times: Mapping[datetime, Sequence[int]], delivery: Delivery, *, queue: TaskQueue
) -> None:
    """Makes a task of the delivery for each of the times, and the events that it names."""
    try:
        for at, event_ids in times.items():
            queue.create(delivery.pk, digest=delivery.digest, events=event_ids, at=at)
    except QueueUnavailable:
        logger.warning("A wait was not scheduled.", extra={"delivery": str(delivery.pk)})
