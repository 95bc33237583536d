"""Every change of an event's row. Callers name what happens; nobody else changes the columns.

    receive ──▶ RECEIVED ──queue──▶ QUEUED ──decide──▶ WAITING       open: somebody looks again
                 ▲   │ └───claim────▶ ▲ │               │ │         at `check_at`
                 │   │                └─┼─────claim─────┘ │
              reopen │ decide           │ decide          │ decide
                 │   │ give_up          │ give_up         │ give_up
                 │   ▼                  ▼                 ▼
                 └─ PROCESSED  DUPLICATE  SKIPPED  IGNORED  FAILED   settled, at `settled_at`
                        ▲ ◀─credit─┘         │                │
                        │          ▲         │                │
                        └──────────┴─correct─┴────────────────┘

- `receive`: begins open, or settled where its reason is known as it is read (`begin`). Both say it
  of rows that `webhooks/writing.py` inserts.
- `queue`, `queue_delivery`, `queue_deliveries`: tasks were made. `leave_to_sweeper`: none is yet.
- `claim` is the sweeper's, of any open event. `release` undoes it where the queue takes no task:
  what was claimed stands as before.
- `decide` is a run's, of any open event: an outcome, or a wait, also once more. It holds only while
  the event has been reopened as often as when the run read it; `reopen` counts. But what was
  written to a chat is a fact: it is decided whatever was counted, and of what is SKIPPED or FAILED.
- `decide_anew` counts as well, of open events: what a run has read of them is out of date.
- `correct` says the same of what a run beside has written.
- `credit` says of a duplicate that it made the change, where who was to tell of it was denied.
- `add` changes no state: it fills in columns that an older release did not write.
- `erase` takes a person out of events in whatever state. What is open is SKIPPED from then on, as
  `settle_erased` says of what shared its bytes; what a run beside it has written corrects that.

Where two may be at it, the statement names the states that it goes out from, in the words of
`outcomes.other_than`. Several rows are taken in the order of their keys.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, NullIf

from webhooks import clock, rows
from webhooks.columns import Columns
from webhooks.locking import take
from webhooks.models import Event
from webhooks.outcomes import DENIED, OPEN, SETTLED, Reason, State, other_than

FIRST_CHECK = timedelta(minutes=1)  # after which the sweeper looks at what is still open
NOT_RECEIVED = other_than({State.RECEIVED})
NOT_QUEUED = other_than({State.QUEUED})
NOT_DUPLICATE = other_than({State.DUPLICATE})

_WITHOUT_TASK = (
    "delivery_id IN %(delivery)s AND queued_at IS NULL "
    "AND (state = %(state__received)s OR started_at IS NOT NULL)"
)
_NOTE_TASK = (
    "UPDATE webhooks_event SET queued_at = {now}, "
    "state = CASE WHEN state = %(state__received)s THEN %(state__queued)s ELSE state END WHERE "
)
# By an array, of which the planner takes few for granted: joined, all that is open might be read.
_NOTE_WHAT_IS_FREE = (
    f"WITH taken AS (SELECT id FROM webhooks_event WHERE {_WITHOUT_TASK} "  # noqa: S608 - words of ours
    "ORDER BY id FOR NO KEY UPDATE SKIP LOCKED), "
    f"noted AS ({_NOTE_TASK}id = ANY(ARRAY(SELECT id FROM taken)) RETURNING id) "
    f"SELECT DISTINCT delivery_id FROM webhooks_event WHERE {_WITHOUT_TASK} "
    "AND id <> ALL(ARRAY(SELECT id FROM noted))"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """How an event stands: in the state of its reason, applied to a message if there is one."""

    event: int  # its key
    reason: Reason
    detail: str = ""  # free of personal data
    lease_id: str = ""
    enquiry_id: str = ""
    document_id: str = ""  # may be empty where the message's id names it (`Event.document`)
    stored_id: str = ""  # Meta's other id, by which the message it refers to was found


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision(Standing):
    """What a run has decided about an event that it has read."""

    reopenings: int  # of the row that was read, with how often it had waited
    waits: int
    check_at: datetime | None = None  # when to try again; None: it is settled


@dataclass(frozen=True, kw_only=True, slots=True)
class Added:
    """What an event has in columns that an older release did not write."""

    event: int  # its key
    message_key: int | None
    target_key: int | None
    error_code: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """Open events that stood alike, and that a sweeper has made its own for a while."""

    events: Sequence[int]
    state: str  # as they stood before, with the two beside it
    rounds: int
    due_at: datetime
    at: datetime
    until: datetime


def begin(reasons: Sequence[Reason]) -> Columns:
    """How new rows begin: open, unless their reason is known as they are read."""
    return {
        "state": [str(reason.state) for reason in reasons],
        "reason": [str(reason) for reason in reasons],
    }


def receive(states: Sequence[str], *, at: datetime) -> Columns:
    """The moments of new rows: their delivery's. What begins settled has no other."""
    check_at = at + FIRST_CHECK
    return {
        "received_at": [at] * len(states),
        "check_at": [check_at if state in OPEN else None for state in states],
        "settled_at": [None if state in OPEN else at for state in states],
    }


def queue_delivery(*, delivery: UUID, now: datetime | None = None) -> None:
    """Notes that a task was made for a delivery, also on events that it has settled already.

    One statement, and so one commit. `now` is by the ledger's clock, unless it is given. Raises
    what the database raises.
    """
    statement = _NOTE_TASK + _WITHOUT_TASK
    rows.update(Event, statement.format(now=_queued_at()), _noting([delivery], now))


def queue_deliveries(
    deliveries: Collection[UUID], *, now: datetime | None = None
) -> Collection[UUID]:
    """The same for several, and waits for nobody: returns those of which somebody holds an event.

    SQLite has one writer and locks no rows. Raises what the database raises.
    """
    if connection.vendor != "postgresql":
        statement = _NOTE_TASK + _WITHOUT_TASK
        rows.update(Event, statement.format(now=_queued_at()), _noting(deliveries, now))
        return ()
    statement = _NOTE_WHAT_IS_FREE.format(now=_queued_at())
    left = rows.query(Event, ["delivery"], statement, _noting(deliveries, now))
    return {delivery for (delivery,) in left}


def _queued_at() -> str:
    return clock.statement_time("%(queued_at)s")


def _noting(deliveries: Collection[UUID], now: datetime | None) -> rows.Values:
    return {
        "queued_at": clock.as_written(now),
        "delivery": tuple(deliveries),
        "state__received": State.RECEIVED,
        "state__queued": State.QUEUED,
    }


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


def claim(claim: Claim) -> None:
    """Makes open events, which the caller has locked, the sweeper's for one more round.

    They are queued from then on, also those that waited: their own task has been lost, and as
    waiting they would not be due when the sweeper's comes.
    """
    Event.objects.filter(~Q(state__in=SETTLED), pk__in=claim.events).update(
        state=State.QUEUED,
        queued_at=Coalesce("queued_at", claim.at),
        check_at=claim.until,
        rounds=claim.rounds + 1,
    )


def release(claim: Claim) -> None:
    """Lets events that nobody has taken meanwhile stand as before the claim.

    They are due as before, so that it shows since when nobody sees to them; and those that no task
    was made for before have none.
    """
    ours = Event.objects.filter(~Q(state__in=NOT_QUEUED), pk__in=claim.events, check_at=claim.until)
    with transaction.atomic():
        take(claim.events)
        ours.update(
            state=claim.state,
            queued_at=NullIf("queued_at", Value(claim.at)),
            check_at=claim.due_at,
            rounds=claim.rounds,
        )


def give_up(events: QuerySet[Event], *, now: datetime) -> int:
    """Settles those of the events that are open: they had their last round. Returns how many."""
    return events.filter(~Q(state__in=SETTLED)).update(
        state=State.FAILED, reason=Reason.GAVE_UP, settled_at=now, check_at=None
    )


def decide(decisions: Sequence[Decision], *, started_at: datetime, now: datetime) -> bool:
    """Writes what a run has come to; rows that were settled meanwhile stay as they are.

    So do rows that were opened again since the run read them: they will be decided anew. But what
    was written is a fact, and corrects a run beside it that had stopped waiting. Returns whether
    all are written.
    """
    take([decision.event for decision in decisions])
    written = [each for each in decisions if each.reason.state == State.PROCESSED]
    others = [each for each in decisions if each.reason.state != State.PROCESSED]
    run, count = {"started_at": started_at, "now": now}, 0
    if written:
        count += _write(written, _decided(written, **run), out_of=OPEN | DENIED)
    if others:
        read = {"reopenings": [each.reopenings for each in others]}
        count += _write(others, _decided(others, **run), out_of=OPEN, unchanged=read)
    return count == len(decisions)


def stand_as_decided(events: Collection[int], *, started_at: datetime, now: datetime) -> set[int]:
    """Which of these events bear what a run that was recorded at this moment has decided."""
    ours = Event.objects.filter(pk__in=events, started_at=started_at)
    found = ours.filter(Q(settled_at=now) | Q(state=State.WAITING, settled_at=None))
    return {*found.values_list("pk", flat=True)}


def correct(standings: Sequence[Standing], *, now: datetime) -> None:
    """Writes what the chat says over what runs had said that could not write it."""
    if standings:
        take([standing.event for standing in standings])
        _write(standings, _stood(standings, now=now), out_of=DENIED)


def credit(events: Collection[int], *, now: datetime) -> None:
    """Says of duplicates that each has applied its change after all."""
    if events:
        Event.objects.filter(~Q(state__in=NOT_DUPLICATE), pk__in=events).update(
            state=State.PROCESSED, reason=Reason.APPLIED, settled_at=now
        )


def _write(
    standings: Sequence[Standing],
    columns: Columns,
    *,
    out_of: Collection[State],
    unchanged: Columns = rows.NOTHING,
) -> int:
    return rows.update_each(
        Event,
        [standing.event for standing in standings],
        columns,
        unchanged=unchanged,
        where="state NOT IN %(state)s",
        values={"state": other_than(out_of)},
    )


def _decided(
    decisions: Sequence[Decision], *, started_at: datetime, now: datetime
) -> dict[str, list[object]]:
    return {
        **_stood(decisions, now=now),
        "started_at": [started_at] * len(decisions),
        "check_at": [each.check_at for each in decisions],
        "waits": [each.waits + (each.check_at is not None) for each in decisions],
    }


def _stood(standings: Sequence[Standing], *, now: datetime) -> dict[str, list[object]]:
    # Rare, so that nearly every statement does without.
    stored: list[object] = [each.stored_id for each in standings]
    return {
        **({"stored_id": stored} if any(stored) else {}),
        "state": [each.reason.state for each in standings],
        "reason": [each.reason for each in standings],
        "detail": [each.detail for each in standings],
        "lease_id": [each.lease_id for each in standings],
        "enquiry_id": [each.enquiry_id for each in standings],
        "document_id": [each.document_id for each in standings],
        "settled_at": [None if each.reason.state in OPEN else now for each in standings],
    }


def reopen(events: Collection[int], *, check_at: datetime, now: datetime) -> None:
    """Opens settled events again, which the caller has locked: each is tried like a new one.

    Like a new one it has no task yet, and nobody shall say so.
    """
    Event.objects.filter(~Q(state__in=OPEN), pk__in=events).update(
        state=State.RECEIVED,
        reason=Reason.NONE,
        detail="",
        stored_id="",
        queued_at=None,
        started_at=None,
        settled_at=None,
        check_at=check_at,
        waits=0,
        rounds=0,
        reopenings=F("reopenings") + 1,
        reopened_at=now,
    )


def decide_anew(events: Collection[int]) -> None:
    """Lets what runs have come to until now about these events, if they are open, count no more.

    They know of something that a run may not have seen that has read them already. What it writes
    is a fact all the same. Who looks next is whoever would have.
    """
    Event.objects.filter(~Q(state__in=SETTLED), pk__in=events).update(
        reopenings=F("reopenings") + 1
    )


def add(added: Sequence[Added]) -> None:
    """Writes what an older release did not, of events in whatever state."""
    take([each.event for each in added])
    names = ("message_key", "target_key", "error_code")
    columns = {name: [getattr(each, name) for each in added] for name in names}
    rows.update_each(Event, [each.event for each in added], columns, where="TRUE", values={})


def erase(events: Collection[int], *, now: datetime) -> None:
    """Blanks what tells of a person in these events, which the caller has locked, for good.

    Their rows, states and moments stay. What was open is settled.
    """
    Event.objects.filter(pk__in=events).update(
        **_settled_as_erased(now),
        person_number="",
        person_user_id="",
        message_id="",
        target_id="",
        message_key=None,
        target_key=None,
        enquiry_id="",
        document_id="",
        stored_id="",
        erased_at=Coalesce("erased_at", now),
    )


def settle_erased(events: Collection[int], *, now: datetime) -> None:
    """Settles those of the events, which the caller has locked, that are open: their bytes are
    gone, since somebody else had to be taken out of them.
    """
    Event.objects.filter(~Q(state__in=SETTLED), pk__in=events).update(**_settled_as_erased(now))


def _settled_as_erased(now: datetime) -> dict[str, object]:
    """For open events; a run that has read them decides nothing about them any more."""
    is_open = Q(state__in=OPEN)
    return {
        "state": Case(When(is_open, then=Value(State.SKIPPED)), default=F("state")),
        "reason": Case(When(is_open, then=Value(Reason.ERASED)), default=F("reason")),
        "detail": Case(When(is_open, then=Value("")), default=F("detail")),
        "settled_at": Case(When(is_open, then=Value(now)), default=F("settled_at")),
        "reopenings": F("reopenings") + Case(When(is_open, then=Value(1)), default=Value(0)),
        "check_at": None,
    }
