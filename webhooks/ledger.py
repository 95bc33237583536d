"""Writes deliveries and their events: once the rows are there, nothing is lost."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.db import DataError, Error, IntegrityError, transaction

from webhooks.models import Delivery, Event
from webhooks.outcomes import OPEN, Reason, State, other_than
from webhooks.rows import Value, insert, query, update
from webhooks.whatsapp import events as items
from webhooks.whatsapp.events import Kind, Reaction, TextMessage, UnprocessedEvent
from webhooks.whatsapp.payload import Verdict

logger = logging.getLogger(__name__)

FIRST_CHECK = timedelta(minutes=1)  # after which the sweeper looks at what is still open

_FIRST = "COALESCE(d.repeat_of_id, d.id)"  # which of a delivery and its repeats has the events
_NOT_OPEN = ", ".join(f"'{state}'" for state in other_than(OPEN))

# What a database or its driver raises about a value, however often it is tried again.
_REFUSED_FOR_ITS_DATA = (DataError, ValueError, OverflowError)


class LedgerUnavailable(Exception):
    """The rows cannot be written or read at the moment; whoever handed them in tries again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """One payload as it came in."""

    body: bytes
    headers: Mapping[str, str]  # the few that matter, in printable ASCII
    source: Delivery.Source
    at: datetime  # when its last byte was here


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """Where an arrival stands in the ledger."""

    row: UUID  # its own delivery
    delivery: UUID  # the delivery that has the bytes and the events; another one for a repeat
    digest: str  # of its bytes
    needs_task: bool  # whether any of those events is open


def record(arrival: Arrival, *, verdict: Verdict, read: Sequence[items.Event]) -> Receipt:
    """Writes a delivery and one event per item, all or nothing; for known bytes, a repeat.

    A payload whose rows the database refuses for what is in them is kept all the same, with one
    failed event in place of its items. Raises LedgerUnavailable.
    """
    try:
        return _record(arrival, verdict, read)
    except Error as error:
        raise LedgerUnavailable(type(error).__name__) from error


def find(delivery: UUID) -> Receipt | None:
    """Looks up a delivery that was recorded before. Raises LedgerUnavailable."""
    try:
        found = _find("d.id = %s", ("id", delivery))
    except Error as error:
        raise LedgerUnavailable(type(error).__name__) from error
    if found is None:
        return None
    first, is_open, digest = found
    return Receipt(row=delivery, delivery=first, digest=digest, needs_task=is_open)


def mark_queued(*, delivery: UUID, now: datetime) -> None:
    """Notes that a task was made, also on events that it has settled already.

    One statement, and so one commit. Raises what the database raises.
    """
    update(
        Event,
        "UPDATE webhooks_event SET queued_at = %s, "
        "state = CASE WHEN state = %s THEN %s ELSE state END "
        "WHERE delivery_id = %s AND queued_at IS NULL AND (state = %s OR started_at IS NOT NULL)",
        ("queued_at", now),
        ("state", State.RECEIVED.value),
        ("state", State.QUEUED.value),
        ("delivery", delivery),
        ("state", State.RECEIVED.value),
    )


def _record(arrival: Arrival, verdict: Verdict, read: Sequence[items.Event]) -> Receipt:
    delivery = _delivery(arrival, verdict)
    try:
        return _insert(delivery, [_event(delivery, item) for item in read])
    except IntegrityError:
        # Somebody has written these bytes before, or at this very moment.
        first = _find("d.digest = %s AND d.repeat_of_id IS NULL", ("digest", delivery.digest))
        return _insert_repeat(delivery, *first[:2]) if first else _insert_refused(delivery)
    except _REFUSED_FOR_ITS_DATA:
        return _insert_refused(delivery)


def _find(condition: str, *values: Value) -> tuple[UUID, bool, str] | None:
    """Returns which delivery has the events, whether any of them is open, and the digest."""
    found = query(
        Delivery,
        ["id"],
        f"SELECT {_FIRST}, EXISTS (SELECT 1 FROM webhooks_event e "  # noqa: S608 - words of ours
        f"WHERE e.delivery_id = {_FIRST} AND e.state NOT IN ({_NOT_OPEN})), d.digest "
        f"FROM webhooks_delivery d WHERE {condition}",
        *values,
    )
    return next(((first, bool(is_open), digest) for first, is_open, digest in found), None)


def _insert(delivery: Delivery, events: list[Event]) -> Receipt:
    delivery.item_count = len(events)
    with transaction.atomic():
        insert([delivery])
        insert(events)
    needs_task = any(event.state == State.RECEIVED for event in events)
    return Receipt(
        row=delivery.pk, delivery=delivery.pk, digest=delivery.digest, needs_task=needs_task
    )


def _insert_repeat(delivery: Delivery, first: UUID, first_is_open: bool) -> Receipt:
    delivery.repeat_of_id, delivery.body, delivery.item_count = first, None, 0
    insert([delivery])
    return Receipt(
        row=delivery.pk, delivery=first, digest=delivery.digest, needs_task=first_is_open
    )


def _insert_refused(delivery: Delivery) -> Receipt:
    logger.error("The database refused the rows of a payload.", extra={"delivery": delivery.pk})
    refused = UnprocessedEvent(
        position=0,
        kind=Kind.CONTAINER,
        name="payload",
        reason=Reason.MALFORMED,
        detail="the database refused the rows of its items",
    )
    return _insert(delivery, [_event(delivery, refused)])


def _delivery(arrival: Arrival, verdict: Verdict) -> Delivery:
    return Delivery(
        received_at=arrival.at,
        source=arrival.source,
        digest=sha256(arrival.body).hexdigest(),
        body=arrival.body,
        size=len(arrival.body),
        headers=dict(arrival.headers),
        verdict=verdict.value,
    )


def _event(delivery: Delivery, item: items.Event) -> Event:
    event = Event(
        delivery=delivery,
        position=item.position,
        kind=item.kind.value,
        name=item.name,
        account_id=item.account_id,
        lease_number=item.lease_number,
        phone_number_id=item.phone_number_id,
        person_number=item.person.number,
        person_user_id=item.person.user_id,
        message_id=item.message_id,
        target_id=_target_id(item),
        occurred_at=item.occurred_at,
        received_at=delivery.received_at,
        state=State.RECEIVED.value,
        check_at=delivery.received_at + FIRST_CHECK,
    )
    if isinstance(item, UnprocessedEvent):
        _settle(event, item)
    return event


def _settle(event: Event, item: UnprocessedEvent) -> None:
    event.state = item.reason.state.value
    event.reason = item.reason.value
    event.detail = item.detail
    event.settled_at = event.received_at
    event.check_at = None


def _target_id(item: items.Event) -> str:
    match item:
        case Reaction():
            return item.target_id
        case TextMessage():
            return item.reply_to
        case _:
            return ""
