"""Writes deliveries and their events: once the rows are there, nothing is lost."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import DataError, Error, transaction

from webhooks import alias, clock, sequences, transitions
from webhooks.inserting import insert_columns, insert_new
from webhooks.models import Delivery, Event
from webhooks.new_events import columns_of
from webhooks.outcomes import OPEN, Reason, State, other_than
from webhooks.rows import Values, query
from webhooks.storable import Unstorable
from webhooks.whatsapp import items
from webhooks.whatsapp.items import Kind, UnprocessedItem
from webhooks.whatsapp.payload import Verdict

logger = logging.getLogger(__name__)

_FIRST = "COALESCE(d.repeat_of_id, d.id)"  # which of a delivery and its repeats has the events
_NOT_OPEN = ", ".join(f"'{state}'" for state in other_than(OPEN))

# The key of the index delivery_body_stored_once: only who breaks it brings known bytes.
_ONCE = "(digest) WHERE repeat_of_id IS NULL"
# What is said about a value, however often it is tried again. The database is not asked about what
# is found before; whatever else it refuses says nothing about the payload.
_REFUSED_FOR_ITS_DATA = (Unstorable, DataError)


class LedgerUnavailable(Exception):
    """The rows cannot be written or read at the moment; whoever handed them in tries again."""


@contextmanager
def reached(*others: type[Exception]) -> Iterator[None]:
    """Raises LedgerUnavailable where the database does not take rows, or give them.

    So it does for the other errors that are named.
    """
    refusals: tuple[type[Exception], ...] = (Error, *others)
    try:
        yield
    except refusals as error:
        sequences.note(error)
        raise LedgerUnavailable(type(error).__name__) from error


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """One payload as it came in."""

    body: bytes
    headers: Mapping[str, str]  # the few that matter, in printable ASCII
    source: Delivery.Source
    at: datetime | None = None  # when it came; None: by the ledger's clock, as it is written


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """Where an arrival stands in the ledger."""

    row: UUID  # its own delivery
    delivery: UUID  # the delivery that has the bytes and the events; another one for a repeat
    digest: str  # of its bytes
    needs_task: bool  # whether any of those events is open


def record(arrival: Arrival, *, verdict: Verdict, read: Sequence[items.Item]) -> Receipt:
    """Writes a delivery and one event per item, all or nothing; for known bytes, a repeat.

    A payload whose rows no database takes for what is in them is kept all the same, with one
    failed event in place of its items. Raises LedgerUnavailable for everything else that keeps
    the rows from being written, such as a key that a sequence gives out twice.
    """
    delivery = _delivery(arrival, verdict)
    with reached(Unstorable):
        try:
            return _write(delivery, arrival, read)
        except _REFUSED_FOR_ITS_DATA:
            return _write(delivery, arrival, [_refused(delivery)])


def find(delivery: UUID) -> Receipt | None:
    """Looks up a delivery that was recorded before. Raises LedgerUnavailable."""
    with reached():
        found = _find("d.id = %(id)s", {"id": delivery})
    if found is None:
        return None
    first, is_open, digest = found
    return Receipt(row=delivery, delivery=first, digest=digest, needs_task=is_open)


def _find(condition: str, values: Values) -> tuple[UUID, bool, str] | None:
    """Returns which delivery has the events, whether any of them is open, and the digest."""
    found = query(
        Delivery,
        ["id"],
        f"SELECT {_FIRST}, EXISTS (SELECT 1 FROM webhooks_event e "  # noqa: S608 - words of ours
        f"WHERE e.delivery_id = {_FIRST} AND e.state NOT IN ({_NOT_OPEN})), d.digest "
        f"FROM webhooks_delivery d WHERE {condition}",
        values,
    )
    return next(((first, bool(is_open), digest) for first, is_open, digest in found), None)


def _write(delivery: Delivery, arrival: Arrival, read: Sequence[items.Item]) -> Receipt:
    """Writes rows that bear one moment, unless the bytes are known: nothing fails for those.

    New names of drivers are part of what a 200 promises.
    """
    events = columns_of(read)
    delivery.item_count = len(read)
    delivery.received_at = clock.as_written(arrival.at)  # type: ignore[assignment]
    with transaction.atomic():
        received_at = _insert(delivery)
        if received_at is None:
            return _write_repeat(delivery)
        moments = transitions.receive(events["state"], at=received_at)
        deliveries = {"delivery": [delivery.pk] * len(read)}
        insert_columns(Event, {**deliveries, **events, **moments})
        alias.note(read, delivery=delivery.pk, at=received_at)
    return Receipt(
        row=delivery.pk,
        delivery=delivery.pk,
        digest=delivery.digest,
        needs_task=State.RECEIVED in events["state"],
    )


def _insert(delivery: Delivery) -> datetime | None:
    """Returns when the delivery was received, or None if another one has its key."""
    inserted = insert_new(
        [delivery],
        unless=_ONCE,
        returning=("received_at",),
        written={"received_at": clock.statement_time},
    )
    return next((received_at for (received_at,) in inserted), None)


def _write_repeat(delivery: Delivery) -> Receipt:
    """Somebody has written these bytes before, or at this very moment."""
    found = _find("d.digest = %(digest)s AND d.repeat_of_id IS NULL", {"digest": delivery.digest})
    if found is None:
        raise LedgerUnavailable("the delivery of these bytes is gone")
    first, first_is_open, _ = found
    delivery.repeat_of_id, delivery.body, delivery.item_count = first, None, 0
    _insert(delivery)
    return Receipt(
        row=delivery.pk, delivery=first, digest=delivery.digest, needs_task=first_is_open
    )


def _refused(delivery: Delivery) -> items.Item:
    """What stands for all items of a payload that cannot be kept."""
    logger.error("A payload's items cannot be stored.", extra={"delivery": delivery.pk})
    return UnprocessedItem(
        position=0,
        kind=Kind.CONTAINER,
        name="payload",
        reason=Reason.MALFORMED,
        detail="its items cannot be stored",
    )


def _delivery(arrival: Arrival, verdict: Verdict) -> Delivery:
    return Delivery(
        source=arrival.source,
        digest=sha256(arrival.body).hexdigest(),
        body=arrival.body,
        size=len(arrival.body),
        headers=dict(arrival.headers),
        verdict=verdict.value,
    )
