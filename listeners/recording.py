"""Records what runs came to: on their events, on the placements of their texts, and as runs.

What the ledger knows is read once, what it means for the outcomes is judged, and all is written.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.db.models import Q, QuerySet

from listeners import counted
from listeners.duplicates import (
    Change,
    Changing,
    Known,
    Written,
    forsaken,
    is_denied_change,
    is_denied_text,
    is_doubtful,
    is_duplicate_text,
    judge,
    left_to,
    made_by,
    of_several,
)
from listeners.models import Placement, TaskRun
from listeners.placements import key_of
from listeners.runs import EARLY, Run
from listeners.tracking import ChatKey
from listeners.waiting import as_recorded
from listeners.workspace import Outcome
from visn_whatsapp.telemetry import metrics
from webhooks import alias, transitions
from webhooks.conditions import WITHOUT_KEY
from webhooks.inserting import insert
from webhooks.locking import take, wait_briefly
from webhooks.models import Event
from webhooks.outcomes import DENIED, OPEN, Reason, State, other_than
from webhooks.rows import update
from webhooks.transitions import Decision, Standing
from webhooks.whatsapp.identifiers import document_id
from webhooks.whatsapp.items import CHANGING, DriverMessage, Item
from webhooks.whatsapp.wamids import short_key

CLOSE = (
    "UPDATE listeners_placement SET applied_at = %(applied_at)s "
    "WHERE lease_number = %(lease_number)s AND message_id IN %(message_id)s "
    "AND applied_at IS NULL"
)
COLUMNS = tuple(each.name for each in fields(Changing))
EXISTS = (Reason.APPLIED, Reason.ALREADY_APPLIED)  # of a text: its message has been created
NOT_DENIED = other_than(DENIED)
NEITHER = other_than(OPEN | {State.PROCESSED})
NOT_MADE = other_than({State.PROCESSED, State.DUPLICATE})


def record(runs: Sequence[Run], *, briefly: bool = False) -> list[list[Decision]]:
    """Writes what runs have come to in one transaction; returns what each decided of its events.

    Placements before events, as everybody does who locks both; and closed before they are read, so
    that of two runs with one text at least one sees what the other has recorded. For a row that
    somebody holds several wait `briefly`, and who is told to. Raises Unstorable and Django's
    database errors.
    """
    outcomes = [outcome for each in runs for outcome in each.outcomes]
    rows = {position: row for each in runs for position, row in each.work.rows.items()}
    now = runs[0].clock()
    run = {"started_at": runs[0].started_at, "now": now}
    with transaction.atomic():
        if briefly or len(runs) > 1:
            wait_briefly()
        _close_placements(outcomes, now=now)
        known = _known(outcomes, rows, now=now)
        decided = [
            _decision(each, rows[each.item.position], now=now) for each in judge(outcomes, known)
        ]
        all_hold = transitions.decide(decided, **run)
        holding = _holding(decided, all_hold, **run) if metrics.are_exported() else ()
        transitions.credit(_forsaken(outcomes), now=now)
        # Read after that wait for rows: whoever gave up an event meanwhile is corrected, too.
        transitions.correct(_corrections(outcomes), now=now)
        # Of an event that an older release had ignored, and that was opened again.
        alias.note(_told(each.item, rows[each.item.position], at=now) for each in outcomes)
        rest = iter(decided)
        decisions = [list(islice(rest, len(each.outcomes))) for each in runs]
        insert([_row(each, of_run, now=now) for each, of_run in zip(runs, decisions, strict=True)])
    if holding:
        counted.decided(holding, rows.values(), **run)
    return decisions


def _holding(
    decided: Sequence[Decision], all_hold: bool, *, started_at: datetime, now: datetime
) -> Sequence[Decision]:
    """Without those whose events had been settled, or opened again, meanwhile."""
    if all_hold:
        return decided
    events = [each.event for each in decided]
    ours = transitions.stand_as_decided(events, started_at=started_at, now=now)
    return [each for each in decided if each.event in ours]


def _told(item: Item, row: Event, *, at: datetime) -> alias.Told:
    return alias.Told(item=item, delivery=row.delivery_id, position=row.position, at=at)


def _row(run: Run, decisions: Sequence[Decision], *, now: datetime) -> TaskRun:
    return TaskRun(
        delivery=run.delivery,
        task_name=run.attempt.task_name,
        retry_count=run.attempt.retry_count,
        started_at=run.started_at,
        finished_at=now,
        result=TaskRun.Result.TRY_AGAIN if run.error else TaskRun.Result.DONE,
        outcomes=_by_reason(decisions),
        error=run.error,
    )


def _close_placements(outcomes: Iterable[Outcome], *, now: datetime) -> None:
    """Notes which texts are known to exist, whoever created them and owns the placement."""
    there: dict[str, set[str]] = {}  # of each lease number
    for outcome in outcomes:
        if isinstance(outcome.item, DriverMessage) and outcome.reason in EXISTS:
            lease_number, message_id = key_of(outcome.item)
            there.setdefault(lease_number, set()).add(message_id)
    # In one order, so that two runs with the same texts do not wait upon each other.
    for lease_number, ids in sorted(there.items()):
        update(
            Placement,
            CLOSE,
            {
                "applied_at": now,
                "lease_number": lease_number,
                "message_id": tuple(sorted(ids)),
            },
        )


def _known(outcomes: Collection[Outcome], rows: Mapping[int, Event], *, now: datetime) -> Known:
    """What the ledger knows of what may be this run's own, or another's.

    Where another event is left to tell of it, or several of this run's are of one change, they are
    locked, and this run's own events with them, in the one order of all: so of two runs with one
    change the second sees what the first has recorded.
    """
    texts = _written_texts(outcomes, rows)
    doubtful = [outcome for outcome in outcomes if is_doubtful(outcome)]
    if not doubtful:
        return Known(texts=texts)
    own, several = {row.pk for row in rows.values()}, of_several(outcomes)
    events = _concerning(doubtful)
    left = _left_to_others(events, doubtful, own=own, now=now)
    words = {word for _, word in left - made_by(events)}
    if words or several:
        take({*own, *(each.pk for each in events if each.name in words and each.state in OPEN)})
        events = _concerning(doubtful)
        left = _left_to_others(events, doubtful, own=own, now=now)
    return Known(
        changes=made_by(events) | left,
        ended=_ended({position: rows[position] for position in several}),
        texts=texts,
    )


def known_unlocked(
    outcomes: Iterable[Outcome], rows: Mapping[int, Event], *, now: datetime
) -> Known:
    """The same for somebody who records nothing: no row is locked, and none is waited for."""
    doubtful = [outcome for outcome in outcomes if is_doubtful(outcome)]
    events = _concerning(doubtful) if doubtful else []
    own = {row.pk for row in rows.values()}
    return Known(changes=made_by(events) | _left_to_others(events, doubtful, own=own, now=now))


def _concerning(doubtful: Iterable[Outcome]) -> list[Changing]:
    """The events that may have made the same changes."""
    ids = {each.stored_id or each.item.message_id for each in doubtful}
    return _changing(ids | {each.item.message_id for each in doubtful})


def _left_to_others(
    events: Iterable[Changing],
    doubtful: Iterable[Outcome],
    *,
    own: Collection[int],
    now: datetime,
) -> set[Change]:
    others = (each for each in events if each.pk not in own)
    return left_to(others, doubtful, until=now + EARLY)


def _forsaken(outcomes: Iterable[Outcome]) -> list[int]:
    """Events that had left a change to one of these which was denied, and so tell of it themselves.

    Read once these are written: who finds one of them open holds it until it has left its own.
    """
    denied = [outcome for outcome in outcomes if is_denied_change(outcome)]
    ids = {outcome.item.message_id for outcome in denied}
    if not denied or not forsaken(_changing(ids, not_in=NOT_MADE), denied):
        return []
    # Of two runs that were left the same one sees whom the other has credited.
    take([event.pk for event in _changing(ids, not_in=NOT_MADE)])
    return forsaken(_changing(ids, not_in=NOT_MADE), denied)


def _ended(rows: Mapping[int, Event]) -> Collection[int]:
    """Which of these have been recorded as duplicates."""
    if not rows:
        return ()
    keys = {row.pk: position for position, row in rows.items()}
    found = Event.objects.filter(pk__in=keys, state=State.DUPLICATE)
    return {keys[key] for key in found.values_list("pk", flat=True)}


def _changing(message_ids: Collection[str], *, not_in: Collection[str] = NEITHER) -> list[Changing]:
    found = _of_messages(message_ids, ~Q(state__in=not_in) & Q(kind__in=CHANGING))
    return [Changing(**each) for each in found.values(*COLUMNS)]


def _of_messages(message_ids: Collection[str], which: Q) -> QuerySet[Event]:
    """Such events of these messages, under whichever of its ids each came."""
    # A message's other ids have its key in common, if nothing else by which they are found.
    keys = {short_key(each) for each in message_ids} - {None}
    events = Event.objects.filter(which).order_by()
    by_id = events.filter(WITHOUT_KEY, message_id__in=message_ids)
    # In no order: from Django 6.1 on, the model's own would be asked for.
    return by_id.union(events.filter(message_key__in=keys)).order_by() if keys else by_id


def _written_texts(outcomes: Iterable[Outcome], rows: Mapping[int, Event]) -> Mapping[int, Written]:
    """The texts that this run could not write, and that a run beside it has written."""
    denied = {
        rows[each.item.position].pk: each.item.position for each in outcomes if is_denied_text(each)
    }
    if not denied:
        return {}
    # Locked, so that of two runs one sees what the other has recorded.
    placements = Placement.objects.select_for_update().filter(event__in=denied).order_by("pk")
    return {
        denied[each.event_id]: _written(each) for each in placements if each.applied_at is not None
    }


def _corrections(outcomes: Iterable[Outcome]) -> list[Standing]:
    """The other half: a run beside us has recorded that it could not write a text that we wrote.

    The event that owns the placement is the one that is processed, unless it was found written.
    """
    there = {key_of(each.item) for each in outcomes if is_duplicate_text(each)}
    if not there:
        return []
    found = Placement.objects.filter(message_id__in={message_id for _, message_id in there})
    owners = {each.event_id: _written(each) for each in found if key_of(each) in there}
    denied = Event.objects.filter(~Q(state__in=NOT_DENIED), pk__in=owners).order_by("pk")
    return [_standing(event, owners[event]) for event in denied.values_list("pk", flat=True)]


def _written(placement: Placement) -> Written:
    return Written(
        chat=ChatKey(lease_id=placement.lease_id, enquiry_id=placement.enquiry_id),
        document_id=placement.document_id or document_id(placement.message_id),
        reason=Reason.ALREADY_APPLIED if placement.document_id else Reason.APPLIED,
    )


def _decision(outcome: Outcome, row: Event, *, now: datetime) -> Decision:
    """What is recorded on the row."""
    chat = outcome.chat
    reason, wait = as_recorded(outcome.reason, waits=row.waits)
    return Decision(
        event=row.pk,
        reopenings=row.reopenings,
        waits=row.waits,
        reason=reason,
        detail=outcome.detail,
        lease_id=chat.lease_id if chat is not None else "",
        enquiry_id=chat.enquiry_id if chat is not None else "",
        document_id=_document_id(outcome, row),
        stored_id=outcome.stored_id,
        check_at=now + wait if wait is not None else None,
    )


def _document_id(outcome: Outcome, row: Event) -> str:
    """What the row says of the document: nothing if its other columns say which it is."""
    implied = row.implied_document(state=outcome.reason.state, stored_id=outcome.stored_id)
    return "" if outcome.document_id == implied else outcome.document_id


def _standing(event: int, written: Written) -> Standing:
    return Standing(
        event=event,
        reason=written.reason,
        lease_id=written.chat.lease_id,
        enquiry_id=written.chat.enquiry_id,
        document_id=written.document_id,
    )


def _by_reason(decisions: Iterable[Decision]) -> dict[str, list[int]]:
    by_reason: dict[str, list[int]] = {}
    for decision in decisions:
        by_reason.setdefault(decision.reason, []).append(decision.event)
    return by_reason
