"""Replays: events are chosen, opened again, sent through the queue, and their outcomes noted.

A job is carried on in small steps by whoever comes: the page that watches it, or `catch_up`. Each
step is one transaction, so a job whose process dies goes on where it was. The tasks of a step are
made after its transaction; where that fails, the sweeper makes them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.text import Truncator

from eventlog.models import ReplayedEvent, ReplayJob
from eventlog.replay import placements
from eventlog.replay.fates import Fate
from eventlog.replay.outcomes import (
    EVENT,
    EVENT_STATE,
    OUTCOME,
    UNSETTLED,
    collect_outcomes,
)
from eventlog.replay.selection import READABLE_AGAIN, Selection
from eventlog.replay.tasks import make_tasks
from webhooks import transitions
from webhooks.inserting import insert_new
from webhooks.models import Delivery, Event
from webhooks.outcomes import REOPENABLE, State
from webhooks.sweeper import NEVER
from webhooks.task_queue import TaskQueue

EVENTS_PER_STEP = 100
CHOICE_CHARACTERS = 500  # that a job keeps of the words
# The key of the index replayed_by_one_job_at_a_time: events that another job has are passed over.
BY_ONE_JOB = "(event_id) WHERE closed_at IS NULL"
# The sweeper looks after a new event within a minute; a large replay may fill the queue for longer.
FIRST_CHECK = timedelta(minutes=10)
# What a job opens again: a repair what was applied, and is not in the chat any more.
OPENS: Mapping[str, frozenset[State]] = {
    ReplayJob.Kind.REPLAY: REOPENABLE,
    # A text that was found written is a duplicate; of those a repair plans no others.
    ReplayJob.Kind.REPAIR: frozenset({State.PROCESSED, State.DUPLICATE}),
}

Clock = Callable[[], datetime]

AS_IT_STANDS = {
    f"{name}_before": Subquery(EVENT.values(name))
    for name in ("state", "reason", "detail", "queued_at", "started_at", "settled_at")
}


class NothingToReplay(Exception):
    """None of the chosen events can be opened again."""


class TooManyEvents(Exception):
    """More events were chosen than the setting permits for one replay."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What somebody asks for."""

    job_id: UUID  # made with the form, so that asking twice is asking once
    name: str
    selection: Selection
    asked_by: User | None  # None: somebody at a command line
    kind: ReplayJob.Kind = ReplayJob.Kind.REPLAY
    foreseen: Mapping[int, Fate] = field(default_factory=dict)  # by event, as far as it was shown


def start(request: Request, *, now: datetime) -> ReplayJob:
    """Writes down a job and its events; `carry_on` then opens them.

    Returns the job of before if it was asked for already. Events that another unfinished job has
    are left out. Raises NothingToReplay and TooManyEvents, and then nothing is written.
    """
    collect_outcomes(now=now)
    with transaction.atomic():
        job = _job(request, now=now)
        if not insert_new([job], unless="(id)", returning=["id"]):
            return ReplayJob.objects.get(pk=job.pk)
        job.event_count = _choose(job, request)
        ReplayJob.objects.filter(pk=job.pk).update(event_count=job.event_count)
    return job


def _job(request: Request, *, now: datetime) -> ReplayJob:
    return ReplayJob(
        pk=request.job_id,
        kind=request.kind,
        name=request.name,
        asked_by=request.asked_by,
        asked_by_name=request.asked_by.get_username() if request.asked_by else "",
        asked_at=now,
        choice=Truncator(request.selection.words).chars(CHOICE_CHARACTERS),
    )


def _choose(job: ReplayJob, request: Request) -> int:
    limit = settings.REPLAY_MAX_EVENTS
    rows = list(
        request.selection.events.filter(READABLE_AGAIN, state__in=OPENS[job.kind])
        .order_by("pk")
        .values_list("pk", "state", "reason")[: limit + 1]
    )
    if len(rows) > limit:
        raise TooManyEvents
    replayed = [
        ReplayedEvent(
            job=job,
            event_id=event,
            state_before=state,
            reason_before=reason,
            **_foreseen(request.foreseen.get(event)),
        )
        for event, state, reason in rows
    ]
    insert_new(replayed, unless=BY_ONE_JOB)
    chosen = ReplayedEvent.objects.filter(job=job).count()
    if not chosen:
        raise NothingToReplay
    return chosen


def _foreseen(fate: Fate | None) -> Mapping[str, str]:
    """What a row remembers of it."""
    chat = fate.chat if fate is not None else None
    return {
        "reason_foreseen": fate.reason.value if fate is not None else "",
        "lease_id_foreseen": chat.lease_id if chat is not None else "",
        "enquiry_id_foreseen": chat.enquiry_id if chat is not None else "",
    }


def carry_on(job: ReplayJob, *, queue: TaskQueue, clock: Clock, until: datetime) -> bool:
    """Opens the job's events and makes their tasks, step by step, until the time is up.

    What the queue did not take before is offered to it first: while it takes nothing, no more is
    opened. Returns whether there was time for a step. Any number may do so at once. Raises
    QueueUnavailable; the job can then be carried on later.
    """
    went_on, some_left = False, True
    while job.state == ReplayJob.State.OPENING and clock() < until:
        went_on = True
        now = clock()
        # Once there are none there come none, but of a step that the queue did not take: the last.
        left = _without_task(job, now=now) if some_left else {}
        some_left = bool(left)
        tasks = left or _open_some(job, now=now)
        if tasks is not None:
            make_tasks(tasks, queue=queue, clock=clock)
        elif _to_open(job).exists():
            break  # somebody else is at the last of them
        else:
            ReplayJob.objects.filter(pk=job.pk, state=ReplayJob.State.OPENING).update(
                state=ReplayJob.State.RUNNING
            )
            job.refresh_from_db()
    return went_on


def _to_open(job: ReplayJob) -> QuerySet[ReplayedEvent]:
    return ReplayedEvent.objects.filter(job=job, closed_at=None, reopened_at=None)


def _without_task(job: ReplayJob, *, now: datetime) -> Mapping[UUID, list[int]]:
    """Takes up opened events that the queue took no task for, before the sweeper does.

    Each is found by its key, whatever the statistics are: the index on `check_at` leads to the
    whole backlog of a queue that takes nothing.
    """
    opened = ReplayedEvent.objects.filter(UNSETTLED, job=job)
    found = opened.annotate(event_state=EVENT_STATE, due=Subquery(EVENT.values("check_at")))
    rows_left = found.filter(event_state=State.RECEIVED, due__lte=now).order_by("due", "pk")
    some = list(rows_left.values_list("event", flat=True)[:EVENTS_PER_STEP])
    left = Event.objects.alias(turn=Coalesce("check_at", NEVER))
    left = left.filter(~Q(state__in=transitions.NOT_RECEIVED), turn__lte=now, pk__in=some)
    with transaction.atomic():
        locked = left.select_for_update(skip_locked=True).order_by("pk")
        rows = list(locked.values_list("pk", "delivery"))
        transitions.leave_to_sweeper([event for event, _ in rows], at=now + FIRST_CHECK)
    return _by_delivery(rows)


def _open_some(job: ReplayJob, *, now: datetime) -> Mapping[UUID, list[int]] | None:
    """Opens the next few events. Returns them by delivery, or None if there are none to be had.

    An event that was settled otherwise since it was chosen is left alone.
    """
    to_open = _to_open(job)
    with transaction.atomic():
        locked = to_open.select_for_update(skip_locked=True).order_by("pk")
        chosen = list(locked.values_list("event", flat=True)[:EVENTS_PER_STEP])
        lost = placements.lock(chosen) if job.kind == ReplayJob.Kind.REPAIR else []
        events = Event.objects.filter(pk__in=chosen).select_for_update().order_by("pk")
        found = events.filter(erased_at__isnull=True, state__in=OPENS[job.kind])
        deliveries = _with_bytes(dict(found.values_list("pk", "delivery")))
        opened = list(deliveries)
        rows = to_open.filter(event__in=chosen)
        rows.filter(event__in=opened).update(**AS_IT_STANDS, reopened_at=now)
        rows.exclude(event__in=opened).update(**AS_IT_STANDS, **OUTCOME, closed_at=now)
        transitions.reopen(opened, check_at=now + FIRST_CHECK, now=now)
        placements.reopen(lost, events=opened)
    return _by_delivery(deliveries.items()) if chosen else None


def _with_bytes(deliveries: Mapping[int, UUID]) -> Mapping[int, UUID]:
    """Those of the events whose delivery can be read again.

    Asked for once the events are held: whoever held them may have taken their bytes.
    """
    emptied = Delivery.objects.filter(pk__in={*deliveries.values()}, body__isnull=True)
    gone = set(emptied.values_list("pk", flat=True))
    return {event: delivery for event, delivery in deliveries.items() if delivery not in gone}


def _by_delivery(rows: Iterable[tuple[int, UUID]]) -> Mapping[UUID, list[int]]:
    by_delivery: dict[UUID, list[int]] = {}
    for event, delivery in rows:
        by_delivery.setdefault(delivery, []).append(event)
    return by_delivery


def carry_on_all(*, queue: TaskQueue, clock: Clock, until: datetime) -> set[UUID]:
    """Carries on the jobs that have events to open, oldest first, until the time is up.

    Returns those that went on. Raises QueueUnavailable.
    """
    return {
        job.pk
        for job in unopened_jobs().order_by("asked_at")
        if carry_on(job, queue=queue, clock=clock, until=until)
    }


def unopened_jobs() -> QuerySet[ReplayJob]:
    """The jobs that have events to open."""
    return ReplayJob.objects.filter(state=ReplayJob.State.OPENING)
