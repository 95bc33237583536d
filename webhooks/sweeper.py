"""The sweeper: events that nobody has settled in time get a new task, or are given up at last.

It needs no lock. Whoever moves an event's `check_at` first has claimed it, so any number of
sweepers and workers may run beside each other; a task too many does no harm.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from visn_whatsapp.budget import Budget
from webhooks import counted, sequences, transitions
from webhooks.looking_back import look_back
from webhooks.models import Event, SweeperTask
from webhooks.outcomes import SETTLED, Reason, State
from webhooks.task_queue import QueueUnavailable, TaskQueue
from webhooks.transitions import Claim

logger = logging.getLogger(__name__)

ROUNDS = 10
FIRST_INTERVAL = timedelta(minutes=1)
LONGEST_INTERVAL = timedelta(hours=6)
# A waiting event has a scheduled task of its own, which may come a little late.
WAITING_SLACK = timedelta(minutes=1)
NEVER = datetime.max.replace(tzinfo=UTC)
# Ids in one task: some 10 KB of the megabyte that a task may have.
EVENTS_PER_TASK = 1000

Clock = Callable[[], datetime]


@dataclass(kw_only=True)
class SweepReport:
    """What one sweep did; of a dry run, what it would have done."""

    tasks: int = 0
    events: int = 0  # in those tasks
    gave_up: int = 0
    reopened: int = 0  # events whose driver is known since by an alias
    queue_available: bool = True
    in_time: bool = True  # False: the time was up before, and there is more that is due


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """Events of one delivery in the same state, which have had the same number of rounds."""

    delivery: UUID
    state: str
    rounds: int
    check_at: datetime  # when the first of them was due
    events: list[int]  # primary keys
    kinds: Mapping[int, str]  # of each of them, and perhaps of others


def sweep(
    *,
    queue: TaskQueue,
    clock: Clock,
    limit: int,
    dry_run: bool = False,
    ahead: timedelta = timedelta(),
    budget: Budget | None = None,
) -> SweepReport:
    """Makes new tasks for at most `limit` events that are due, those first that are most overdue.

    Also for those that are due so much later (`ahead`), where their tasks are known to be lost; not
    for those that wait, whose time has not come. What there is no time for is as due as before.

    An event that had its last round is settled as failed, GAVE_UP. Where the queue cannot be
    reached, nothing is counted against the events and the sweep ends. What a new alias explains is
    opened again first, and is due at once.

    What is due is told by the moment at which it begins. It may take minutes, so what it does bears
    the moment at which it does it: whoever looks for what has changed goes back by two of them
    (`webhooks.clock.LATE`).
    """
    report, now = SweepReport(), clock()
    if not dry_run:
        report.reopened = look_back(now=now)
    for due in _due(now=now, by=now + ahead, limit=limit):
        if budget is not None and not budget.left:
            report.in_time = False
            break
        if due.rounds >= ROUNDS:
            report.gave_up += _give_up(due, now=now, clock=clock, dry_run=dry_run)
            continue
        try:
            requeued = dry_run or _requeue(due, queue=queue, clock=clock, now=now, by=now + ahead)
        except QueueUnavailable:
            report.queue_available = False
            break
        if requeued:
            report.tasks += 1
            report.events += len(due.events)
    if report.gave_up and not dry_run:
        logger.error("Events were given up.", extra={"count": report.gave_up})
    return report


def interval(rounds: int) -> timedelta:
    """Returns how long to wait after so many rounds until the next."""
    return min(FIRST_INTERVAL * (1 << rounds), LONGEST_INTERVAL)


def due_events(now: datetime) -> QuerySet[Event]:
    """Returns the open events that somebody has to look at now.

    Asked for as "not settled", which only the index on `check_at` can answer: it holds the open
    events in the order of their turn.
    """
    return Event.objects.filter(_is_due("check_at", now=now, by=now))


def _is_due(moment: str, *, now: datetime, by: datetime) -> Q:
    """What is due by then; of what waits for its message only what is late now."""
    late = Q(**{f"{moment}__lte": now - WAITING_SLACK})
    turn = Q(**{f"{moment}__lte": by})
    return (~Q(state=State.WAITING) | late) & ~Q(state__in=sorted(SETTLED)) & turn


def _due(*, now: datetime, by: datetime, limit: int) -> Iterator[Due]:
    # Not by the key as well: to sort so, everything that is due might be read first.
    rows = Event.objects.filter(_is_due("check_at", now=now, by=by)).order_by("check_at")
    groups: dict[tuple[UUID, str, int], tuple[datetime, dict[int, str]]] = {}
    columns = ("pk", "delivery_id", "state", "rounds", "check_at", "kind")
    with _unsorted():
        found = list(rows.values_list(*columns)[:limit])
    for event, delivery, state, rounds, due_at, kind in found:
        groups.setdefault((delivery, state, rounds), (due_at or by, {}))[1][event] = kind
    for (delivery, state, rounds), (first, kinds) in groups.items():
        for part in _parts(sorted(kinds)):
            yield Due(
                delivery=delivery,
                state=state,
                rounds=rounds,
                check_at=first,
                events=part,
                kinds=kinds,
            )


@contextmanager
def _unsorted() -> Iterator[None]:
    """PostgreSQL reads in the order of an index, and not all that is due to sort it.

    Before it has looked at a new table it takes a large backlog for a small one.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off")
        yield
        cursor.execute("SET LOCAL enable_sort = DEFAULT")


def _parts(events: list[int]) -> Iterable[list[int]]:
    return (
        events[start : start + EVENTS_PER_TASK] for start in range(0, len(events), EVENTS_PER_TASK)
    )


def _requeue(due: Due, *, queue: TaskQueue, clock: Clock, now: datetime, by: datetime) -> bool:
    """Makes the task if nobody else has taken care of these events meanwhile.

    Raises QueueUnavailable; the events are then due as before, also if somebody interrupts it.
    """
    claim, digest = _claim(due, clock=clock, now=now, by=by)
    if not claim.events:
        return False
    try:
        queue.create(due.delivery, digest=digest, events=claim.events)
    except (QueueUnavailable, KeyboardInterrupt):
        transitions.release(claim)  # with a task too many, if it was made as somebody interrupted
        raise
    _leave_trace(
        SweeperTask(
            delivery_id=due.delivery, made_at=claim.at, round=due.rounds + 1, events=claim.events
        )
    )
    return True


def _leave_trace(made: SweeperTask) -> None:
    """Notes the task for people. Where its key is taken, the next deliveries get theirs too."""
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        sequences.note(error)


def _claim(due: Due, *, clock: Clock, now: datetime, by: datetime) -> tuple[Claim, str]:
    """Claims those that are due still; returns them and the digest of their delivery.

    Those that a worker is about to settle are left.
    """
    # By the delivery too: so its row is found by its key, whatever the statistics are.
    rows = _unclaimed(due, now=now, by=by).filter(delivery=due.delivery)
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True, of=("self",), no_key=True)
    with transaction.atomic():
        found = dict(rows.order_by("pk").values_list("pk", "delivery__digest"))
        at = clock()
        claim = Claim(
            events=list(found),
            state=due.state,
            rounds=due.rounds,
            due_at=due.check_at,
            at=at,
            until=at + interval(due.rounds + 1),
        )
        transitions.claim(claim)
    return claim, next(iter(found.values()), "")


def _unclaimed(due: Due, *, now: datetime, by: datetime) -> QuerySet[Event]:
    """Those that are due still, found by their keys.

    The index on `check_at` leads to the whole backlog. It holds the rows that have one, and where
    the question would also do for rows without, it cannot be taken.
    """
    events = Event.objects.filter(pk__in=due.events, rounds=due.rounds)
    return events.alias(turn=Coalesce("check_at", NEVER)).filter(_is_due("turn", now=now, by=by))


def _give_up(due: Due, *, now: datetime, clock: Clock, dry_run: bool) -> int:
    """Returns how many were given up: none that is not due yet."""
    if due.check_at > now:
        return 0
    if dry_run:
        return len(due.events)
    given_up = 0
    for kind in sorted({due.kinds[event] for event in due.events}):
        alike = replace(due, events=[event for event in due.events if due.kinds[event] == kind])
        number = transitions.give_up(_unclaimed(alike, now=now, by=now), now=clock())
        counted.settled(kind, Reason.GAVE_UP, number=number)
        given_up += number
    return given_up
