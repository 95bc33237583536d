"""Every change of an event's row. Callers name what happens; nobody else writes the columns.

    receive ──▶ RECEIVED ──queue──▶ QUEUED ──decide──▶ WAITING       open: somebody looks again
                 ▲   │ └───claim────▶ ▲ │               │ │         at `check_at`
                 │   │                └─┼─────claim─────┘ │
              reopen │ decide           │ decide          │ decide
                 │   │ give_up          │ give_up         │ give_up
                 │   ▼                  ▼                 ▼
                 └─ PROCESSED  DUPLICATE  SKIPPED  IGNORED  FAILED   settled, at `settled_at`
                        ▲          ▲         │                │
                        └──────────┴─correct─┴────────────────┘

- `receive`: what has its reason as it is read begins settled (`begin`).
- `claim` is the sweeper's, of any open event. `release` undoes it where the queue takes no task.
- `decide` is a run's. It holds only for the opening that the run has read, which `reopen` counts.
- `correct`: what was written to a chat is a fact, whatever a run beside had come to.

Where two may be at it, the statement names the states that it goes out from, in the words of
`outcomes.other_than`. Several rows are taken in the order of their keys.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from webhooks import clock, rows
from webhooks.locking import take
from webhooks.models import Event
from webhooks.outcomes import DENIED, OPEN, SETTLED, Reason, State, other_than

FIRST_CHECK = timedelta(minutes=1)  # after which the sweeper looks at what is still open
NOT_RECEIVED = other_than({State.RECEIVED})
NOT_QUEUED = other_than({State.QUEUED})
REOPENINGS = attrgetter("reopenings")
STILL = "state NOT IN %(state)s"  # with the values of `_still`
DECIDED = (
    "state",
    "reason",
    "detail",
    "lease_id",
    "enquiry_id",
    "document_id",
    "started_at",
    "settled_at",
    "check_at",
    "waits",
)
CORRECTED = tuple(name for name in DECIDED if name not in {"started_at", "check_at", "waits"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What became of an event: the reason says in which state it is (`Reason.state`)."""

    row: Event  # as it was read; bears the decision from when it is written
    reason: Reason
    detail: str = ""  # free of personal data
    lease_id: str = ""
    enquiry_id: str = ""
    document_id: str = ""
    check_at: datetime | None = None  # when to try again, of one that waits


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """Open events that stood alike, and that a sweeper has made its own for a while."""

    events: Sequence[int]
    state: str  # as they stood before, with the two beside it
    rounds: int
    due_at: datetime
    until: datetime


def begin(event: Event, *, reason: Reason = Reason.NONE, detail: str = "") -> None:
    """Sets how a new row begins: open, unless its reason is known as it is read."""
    event.state, event.reason, event.detail = reason.state.value, reason.value, detail


def receive(events: Iterable[Event], *, at: datetime) -> None:
    """Sets the moments of new rows: their delivery's. What begins settled has no other."""
    for event in events:
        event.received_at = at
        if event.state in OPEN:
            event.check_at = at + FIRST_CHECK
        else:
            event.settled_at = at


def queue_delivery(*, delivery: UUID, now: datetime | None = None) -> None:
    """Notes that a task was made for a delivery, also on events that it has settled already.

    One statement, and so one commit. `now` is by the ledger's clock, unless it is given. Raises
    what the database raises.
    """
    rows.update(
        Event,
        f"UPDATE webhooks_event SET queued_at = {clock.statement_time('%(queued_at)s')}, "  # noqa: S608 - words of ours
        "state = CASE WHEN state = %(state__received)s THEN %(state__queued)s ELSE state END "
        "WHERE delivery_id = %(delivery)s AND queued_at IS NULL "
        "AND (state = %(state__received)s OR started_at IS NOT NULL)",
        {
            "queued_at": clock.as_written(now),
            "delivery": delivery,
            "state__received": State.RECEIVED,
            "state__queued": State.QUEUED,
        },
    )


def queue(events: Collection[int], *, now: datetime) -> None:
    """Notes that tasks were made for these events, also on those that they have settled already."""
    with transaction.atomic():
        take(events)
        Event.objects.filter(pk__in=events, queued_at=None).update(
            queued_at=now,
            state=Case(When(state=State.RECEIVED, then=Value(State.QUEUED)), default=F("state")),
        )


def leave_to_sweeper(events: Collection[int], *, at: datetime) -> None:
    """Says when the sweeper looks at events that have no task yet."""
    with transaction.atomic():
        take(events)
        Event.objects.filter(~Q(state__in=NOT_RECEIVED), pk__in=events).update(check_at=at)


def claim(claim: Claim, *, now: datetime) -> None:
    """Makes open events, which the caller has locked, the sweeper's for one more round.

    They are queued from then on, also those that waited: their own task has been lost, and as
    waiting they would not be due when the sweeper's comes.
    """
    Event.objects.filter(~Q(state__in=SETTLED), pk__in=claim.events).update(
        state=State.QUEUED,
        queued_at=Coalesce("queued_at", now),
        check_at=claim.until,
        rounds=claim.rounds + 1,
    )


def release(claim: Claim) -> None:
    """Lets events that nobody has taken meanwhile stand as before the claim.

    They are due as before, so that it shows since when nobody sees to them.
    """
    ours = Event.objects.filter(~Q(state__in=NOT_QUEUED), pk__in=claim.events, check_at=claim.until)
    with transaction.atomic():
        take(claim.events)
        ours.update(state=claim.state, check_at=claim.due_at, rounds=claim.rounds)


def give_up(events: QuerySet[Event], *, now: datetime) -> int:
    """Settles those of the events that are open: they had their last round. Returns how many."""
    return events.filter(~Q(state__in=SETTLED)).update(
        state=State.FAILED, reason=Reason.GAVE_UP, settled_at=now, check_at=None
    )


def decide(decisions: Sequence[Decision], *, started_at: datetime, now: datetime) -> None:
    """Writes what a run has come to; rows that were settled meanwhile stay as they are.

    So do rows that were opened again since the run read them: they will be decided anew. But what
    was written is a fact, and corrects a run beside it that had stopped waiting.
    """
    for decision in decisions:
        decision.row.started_at = started_at
        decision.row.check_at = decision.check_at
        decision.row.waits += decision.reason.state == State.WAITING
        _bear(decision, now=now)
    events = [decision.row for decision in decisions]
    take([event.pk for event in events])
    written = [event for event in events if event.state == State.PROCESSED]
    rows.update_each(written, DECIDED, where=STILL, values=_still(OPEN | DENIED))
    others = sorted((each for each in events if each.state != State.PROCESSED), key=REOPENINGS)
    for reopenings, alike in groupby(others, key=REOPENINGS):
        rows.update_each(
            list(alike),
            DECIDED,
            where=f"{STILL} AND reopenings = %(reopenings)s",
            values={**_still(OPEN), "reopenings": reopenings},
        )


def correct(decisions: Sequence[Decision], *, now: datetime) -> None:
    """Writes what the chat says over what runs had said that could not write it."""
    for decision in decisions:
        _bear(decision, now=now)
    rows.update_each(
        [each.row for each in decisions], CORRECTED, where=STILL, values=_still(DENIED)
    )


def _bear(decision: Decision, *, now: datetime) -> None:
    row = decision.row
    row.state, row.reason, row.detail = decision.reason.state, decision.reason, decision.detail
    row.lease_id, row.enquiry_id = decision.lease_id, decision.enquiry_id
    row.document_id = decision.document_id
    row.settled_at = None if decision.reason.state in OPEN else now


def _still(states: Collection[State]) -> rows.Values:
    """The values of STILL: a row keeps what it has unless it is in one of these states."""
    return {"state": other_than(states)}


def reopen(events: Collection[int], *, check_at: datetime, now: datetime) -> None:
    """Opens settled events again, which the caller has locked: each is tried like a new one.

    Like a new one it has no task yet, and nobody shall say so.
    """
    Event.objects.filter(~Q(state__in=OPEN), pk__in=events).update(
        state=State.RECEIVED,
        reason=Reason.NONE,
        detail="",
        queued_at=None,
        started_at=None,
        settled_at=None,
        check_at=check_at,
        waits=0,
        rounds=0,
        reopenings=F("reopenings") + 1,
        reopened_at=now,
    )
