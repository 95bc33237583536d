"""Records what a run came to: the outcomes on the events, the placements and the run itself."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from django.db import transaction

from listeners.desk import Outcome
from listeners.models import Placement, TaskRun
from listeners.verdicts import DENIED, correct_owners, with_existing_texts, with_own_duplicates
from listeners.waiting import next_wait
from webhooks.inserting import insert
from webhooks.locking import take
from webhooks.models import Event as EventRow
from webhooks.outcomes import OPEN, Reason, State, other_than
from webhooks.rows import Value, marks, update, update_each
from webhooks.whatsapp.kinds.text import TextMessage

FIELDS = (
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
# Settled is final, but what was written is a fact: it corrects the verdict of a run beside us
# that had stopped waiting.
CORRECTED = OPEN | DENIED
CLOSE = (
    "UPDATE listeners_placement SET applied_at = %s "
    "WHERE phone_number_id = %s AND applied_at IS NULL"
)
REOPENINGS = attrgetter("reopenings")
EXISTS = (Reason.APPLIED, Reason.ALREADY_APPLIED)  # of a text: its message has been created


def record(
    outcomes: Collection[Outcome], *, rows: Mapping[int, EventRow], run: TaskRun, now: datetime
) -> None:
    """Writes everything in one transaction; rows that were settled meanwhile stay as they are.

    Placements before events, as everybody does who locks both.
    """
    outcomes = with_own_duplicates(outcomes)
    by_reason: dict[str, list[int]] = {}
    processed: list[EventRow] = []
    others: list[EventRow] = []
    with transaction.atomic():
        _close_placements(outcomes, now=now)
        for outcome in with_existing_texts(outcomes, rows):
            row = rows[outcome.event.position]
            _mark(row, outcome, started_at=run.started_at, now=now)
            by_reason.setdefault(row.reason, []).append(row.pk)
            (processed if row.state == State.PROCESSED else others).append(row)
        run.outcomes, run.finished_at = by_reason, now
        take([row.pk for row in (*processed, *others)])
        _update(processed, only=CORRECTED)
        for reopenings, alike in groupby(sorted(others, key=REOPENINGS), key=REOPENINGS):
            _update(list(alike), only=OPEN, reopenings=reopenings)
        correct_owners(outcomes, now=now)
        insert([run])


def _mark(row: EventRow, outcome: Outcome, *, started_at: datetime, now: datetime) -> None:
    reason, chat = outcome.reason, outcome.chat
    row.check_at, row.settled_at = None, now
    if reason.state == State.WAITING:
        wait = next_wait(reason, waits=row.waits)
        if wait is None:
            reason = Reason.MESSAGE_NOT_FOUND
        else:
            row.waits += 1
            row.check_at, row.settled_at = now + wait, None
    row.state, row.reason, row.detail = reason.state, reason, outcome.detail
    row.document_id, row.started_at = outcome.document_id, started_at
    row.lease_id = chat.lease_id if chat is not None else ""
    row.enquiry_id = chat.enquiry_id if chat is not None else ""


def _update(
    rows: Sequence[EventRow],
    *,
    only: Collection[State],
    reopenings: int | None = None,
) -> None:
    """What a replay has opened again since this run read it will be decided anew.

    By a count, which no clock can mistake.
    """
    values: list[Value] = [("state", state.value) for state in other_than(only)]
    condition = f"state NOT IN ({marks(values)})"
    if reopenings is not None:
        condition += " AND reopenings = %s"
        values.append(("reopenings", reopenings))
    update_each(rows, FIELDS, condition, *values)


def _close_placements(outcomes: Iterable[Outcome], *, now: datetime) -> None:
    """Notes which texts are known to exist, whoever created them and owns the placement."""
    there: dict[str, set[str]] = {}  # of each business number
    for outcome in outcomes:
        if isinstance(outcome.event, TextMessage) and outcome.reason in EXISTS:
            ids = there.setdefault(outcome.event.phone_number_id, set())
            ids.add(outcome.event.message_id)
    for phone_number_id, ids in there.items():
        wanted = [("message_id", message_id) for message_id in sorted(ids)]
        update(
            Placement,
            f"{CLOSE} AND message_id IN ({marks(wanted)})",
            ("applied_at", now),
            ("phone_number_id", phone_number_id),
            *wanted,
        )
