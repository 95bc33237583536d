"""Runs: attempts of tasks, from what they find to do until its outcomes are to be recorded."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from listeners import counted, erased
from listeners.applying import Work
from listeners.erased import passed_over
from listeners.restores import windows
from listeners.workspace import Outcome
from visn_whatsapp.telemetry import metrics
from webhooks.matching import FIELDS as IDENTITY
from webhooks.matching import match
from webhooks.models import Delivery, Event
from webhooks.outcomes import OPEN, Reason, State, other_than
from webhooks.rows import Values, select, select_beside, select_timed
from webhooks.tasks import Task
from webhooks.whatsapp.items import Item, Kind, UnprocessedItem
from webhooks.whatsapp.payload import parse
from webhooks.whatsapp.reading import read

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]

# A scheduled task may come a little before its time.
EARLY = timedelta(seconds=1)
# A delivery that is larger shares nothing.
ITEMS_SHARED = 10
BYTES_SHARED = 32 * 1024
READ = ("id", "delivery", *IDENTITY, "state", "waits", "check_at", "reopenings")  # of a row


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """What Cloud Tasks says about this attempt. Anybody can say it: it is only noted."""

    task_name: str = ""
    retry_count: int = 0


@dataclass(kw_only=True, slots=True)
class Run:
    """One attempt of one task. Of runs that share a pass, no two have a position in common."""

    attempt: Attempt
    delivery: Delivery
    only: Sequence[int]  # the events that the task names; none: all of the delivery
    work: Work
    clock: Clock
    started_at: datetime
    outcomes: list[Outcome] = field(default_factory=list)
    error: str = ""  # what kept the other events from being applied

    @property
    def left(self) -> Work:
        """What has no outcome yet."""
        done = {outcome.item.position for outcome in self.outcomes}
        left = [item for item in self.work.items if item.position not in done]
        return replace(self.work, items=left)

    def fail(self, error: Exception) -> None:
        """Notes what kept events from being applied; by names, since words may hold anything."""
        cause = error.__cause__
        self.error = type(error).__name__ + (f": {type(cause).__name__}" if cause else "")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Beside:
    """What is told beside the events of a run."""

    in_window: bool = False  # a text may have been written by somebody whom the ledger forgot
    erased: bool = False  # somebody was taken out of the ledger lately


def begin(task: Task, *, attempt: Attempt, clock: Clock | None = None) -> Run | None:
    """Reads what a task has to do; None if its delivery is not in the ledger.

    The clock is the ledger's, unless another one is handed in. Raises Django's database errors.
    """
    delivery, only, ledgers_clock = _named(task)
    if delivery is None:
        return None
    clock = clock or ledgers_clock
    started_at = clock()
    rows, beside = _due([delivery], only=only, now=started_at)
    work = work_of(delivery, rows, erased=beside.erased)
    if beside.in_window:
        work = replace(work, sought=windows.sought(work.items))
    return Run(
        attempt=attempt,
        delivery=delivery,
        only=only,
        work=work,
        clock=clock,
        started_at=started_at,
    )


def begin_together(
    tasks: Sequence[tuple[Task, Attempt]], *, clock: Clock | None = None
) -> list[Run | None]:
    """Reads what several tasks have to do, in two statements: those that can share a pass.

    None for the others, each of which has to begin by itself: what is large, what is not there by
    its id, what names events, a delivery that is named twice, and everything where texts have to
    be looked for that somebody else may have written. Raises as `begin` does.
    """
    asked = tuple(dict.fromkeys(task.delivery for task, _ in tasks if not task.events))
    if not asked:
        return [None] * len(tasks)
    found, ledgers_clock = _shareable(asked)
    clock = clock or ledgers_clock
    started_at = clock()
    rows, beside = _due(found.values(), only=(), now=started_at) if found else ([], _Beside())
    if beside.in_window:
        return [None] * len(tasks)
    by_delivery: dict[UUID, list[Event]] = {}
    for row in rows:
        by_delivery.setdefault(row.delivery_id, []).append(row)
    runs: list[Run | None] = []
    first = 0
    for task, attempt in tasks:
        delivery = None if task.events else found.pop(task.delivery, None)
        if delivery is None:
            runs.append(None)
            continue
        try:
            rows = by_delivery.get(delivery.pk, [])
            work = work_of(delivery, rows, first=first, erased=beside.erased)
        except Exception:
            logger.exception(
                "A delivery was left to its own task.", extra={"delivery": str(delivery.pk)}
            )
            runs.append(None)
            continue
        first = 1 + max(work.rows, default=first)
        runs.append(
            Run(
                attempt=attempt,
                delivery=delivery,
                only=(),
                work=work,
                clock=clock,
                started_at=started_at,
            )
        )
    return runs


def _named(task: Task) -> tuple[Delivery | None, Sequence[int], Clock]:
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


def _original(condition: str, values: Values) -> tuple[Delivery | None, Clock]:
    """The delivery that has the bytes and the events (a repeat points to it), and the clock."""
    fields = ("id", "digest", "body", "repeat_of")
    found, clock = select_timed(Delivery, fields, where=condition, values=values)
    return (found[0].repeat_of or found[0] if found else None), clock


def _shareable(deliveries: tuple[UUID, ...]) -> tuple[dict[UUID, Delivery], Clock]:
    """Those that have bytes of their own, and not many of them."""
    condition = (
        "id IN %(id)s AND repeat_of_id IS NULL "
        "AND size <= %(size)s AND item_count <= %(item_count)s"
    )
    values: Values = {
        "id": deliveries,
        "size": BYTES_SHARED,
        "item_count": ITEMS_SHARED,
    }
    found, clock = select_timed(Delivery, ("id", "digest", "body"), where=condition, values=values)
    return {delivery.pk: delivery for delivery in found}, clock


def _due(
    deliveries: Iterable[Delivery], *, only: Sequence[int], now: datetime
) -> tuple[list[Event], _Beside]:
    """The open events, without those whose next try is still to come."""
    due = (
        "delivery_id IN %(delivery)s AND state NOT IN %(state__not_open)s "
        "AND (state <> %(state__waiting)s OR check_at <= %(check_at)s)"
    )
    values = {
        "delivery": tuple(delivery.pk for delivery in deliveries),
        "state__not_open": other_than(OPEN),
        "state__waiting": State.WAITING,
        "check_at": now + EARLY,
    }
    rows, (in_window, any_erased) = select_beside(
        Event,
        (*READ, *counted.MOMENTS) if metrics.are_exported() else READ,
        where=f"{due} AND id IN %(id)s" if only else due,
        values=values | {"id": tuple(only)} if only else values,
        beside=(windows.ANY_LOOKING, erased.ANY),
    )
    return rows, _Beside(in_window=bool(in_window), erased=bool(any_erased))


def work_of(
    delivery: Delivery, rows: Iterable[Event], *, first: int = 0, erased: bool = False
) -> Work:
    """Reads the events of these rows again from the bytes.

    Their positions count from `first` on. What was `erased` lately is not applied once more: costs
    a query where anything was.
    """
    by_position = {row.position: row for row in rows}
    if not by_position:
        return Work(items=(), rows={})
    items = read(parse(bytes(delivery.body or b"")))
    still_open = [
        _unread(position) if item is None else item
        for position, item in _in_place(items, delivery, by_position)
    ]
    if erased:
        still_open = passed_over(still_open)
    if first:
        still_open = [replace(item, position=first + item.position) for item in still_open]
        by_position = {first + position: row for position, row in by_position.items()}
    return Work(items=still_open, rows=by_position)


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
