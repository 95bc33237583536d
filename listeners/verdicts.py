"""Which of several events for the same thing is the one that did it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from django.db.models import Q

from listeners.desk import Outcome
from listeners.models import Placement
from listeners.tracking import ChatKey
from webhooks.models import Event as EventRow
from webhooks.outcomes import Reason, State, other_than
from webhooks.whatsapp.events import Event, Kind
from webhooks.whatsapp.identifiers import document_id
from webhooks.whatsapp.kinds.text import TextMessage

DENIED = frozenset({State.SKIPPED, State.FAILED})
NOT_PROCESSED = other_than({State.PROCESSED})
NOT_DENIED = other_than(DENIED)
SAID_BY_DOCUMENT = (Kind.STATUS, Kind.REACTION)


def with_own_duplicates(outcomes: Collection[Outcome]) -> list[Outcome]:
    """Tells an event that was applied by an earlier, unfinished run from a duplicate.

    The document says that the same was applied before. If no other event has been recorded as
    having done that, it was this one.
    """
    doubtful = {outcome.event.message_id for outcome in outcomes if _is_doubtful(outcome)}
    if not doubtful:
        return list(outcomes)
    claimed = set(
        EventRow.objects.filter(
            ~Q(state__in=NOT_PROCESSED), message_id__in=doubtful, kind__in=SAID_BY_DOCUMENT
        ).values_list("message_id", "name")
    )
    claimed |= {_claim(each) for each in outcomes if each.reason.state == State.PROCESSED}
    judged = []
    for outcome in outcomes:
        own = _is_doubtful(outcome) and _claim(outcome) not in claimed
        judged.append(replace(outcome, reason=Reason.APPLIED) if own else outcome)
        if own:
            claimed.add(_claim(outcome))
    return judged


def with_existing_texts(
    outcomes: Collection[Outcome], rows: Mapping[int, EventRow]
) -> list[Outcome]:
    """Takes back that a text could not be written where a run beside us has written it."""
    denied = {rows[each.event.position].pk for each in outcomes if _is_text(each, DENIED)}
    if not denied:
        return list(outcomes)
    # Locked, so that of two runs one sees what the other has recorded.
    placements = Placement.objects.select_for_update().filter(event__in=denied).order_by("pk")
    there = {each.event_id: each for each in placements if each.applied_at is not None}
    return [_written(each, there.get(rows[each.event.position].pk)) for each in outcomes]


def correct_owners(outcomes: Iterable[Outcome], *, now: datetime) -> None:
    """The other half: a run beside us has recorded that it could not write a text that we wrote.

    The event that owns the placement is the one that is processed, unless it was found written.
    """
    there = {_key(each.event) for each in outcomes if _is_text(each, {State.DUPLICATE})}
    if not there:
        return
    found = Placement.objects.filter(message_id__in={message_id for _, message_id in there})
    owners = {each.event_id: each for each in found if _key(each) in there}
    denied = EventRow.objects.filter(~Q(state__in=NOT_DENIED), pk__in=owners)
    for event in denied.values_list("pk", flat=True):
        placement = owners[event]
        denied.filter(pk=event).update(
            state=_reason(placement).state,
            reason=_reason(placement),
            detail="",
            lease_id=placement.lease_id,
            enquiry_id=placement.enquiry_id,
            document_id=_document(placement),
            settled_at=now,
        )


def _written(outcome: Outcome, placement: Placement | None) -> Outcome:
    if placement is None:
        return outcome
    return replace(
        outcome,
        reason=_reason(placement),
        chat=ChatKey(lease_id=placement.lease_id, enquiry_id=placement.enquiry_id),
        document_id=_document(placement),
    )


def _reason(placement: Placement) -> Reason:
    """What became of the event that owns the place: it wrote the text, or found it written."""
    return Reason.ALREADY_APPLIED if placement.document_id else Reason.APPLIED


def _document(placement: Placement) -> str:
    return placement.document_id or document_id(placement.message_id)


def _is_text(outcome: Outcome, states: Collection[State]) -> bool:
    return isinstance(outcome.event, TextMessage) and outcome.reason.state in states


def _key(text: Event | Placement) -> tuple[str, str]:
    return text.phone_number_id, text.message_id


def _is_doubtful(outcome: Outcome) -> bool:
    return outcome.reason == Reason.ALREADY_APPLIED and outcome.event.kind in SAID_BY_DOCUMENT


def _claim(outcome: Outcome) -> tuple[str, str]:
    return outcome.event.message_id, outcome.event.name
