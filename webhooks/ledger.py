"""Writes deliveries and their events: once the rows are there, nothing is lost."""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import Error

from visn_whatsapp import health
from webhooks import sequences
from webhooks.models import Delivery
from webhooks.outcomes import Reason
from webhooks.receipts import Receipt, Way
from webhooks.storable import Unstorable
from webhooks.whatsapp import items
from webhooks.whatsapp.items import Kind, UnprocessedItem
from webhooks.whatsapp.payload import Verdict
from webhooks.writing import REFUSED_FOR_ITS_DATA, BytesGone, find_firsts, new, write

logger = logging.getLogger(__name__)


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


def look() -> None:
    """For a probe: raises LedgerUnavailable where nothing could be written."""
    if not health.database.answers():
        raise LedgerUnavailable("the database does not answer, or takes no writes")


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """One payload as it came in."""

    body: bytes
    headers: Mapping[str, str]  # the few that matter, in printable ASCII
    source: Delivery.Source
    at: datetime | None = None  # when it came; None: by the ledger's clock, as it is written


def record(
    arrival: Arrival, *, verdict: Verdict, read: Sequence[items.Item], way: Way | None = None
) -> Receipt:
    """Writes a delivery and one event per item, all or nothing; for known bytes, a repeat.

    Then it goes on its way, together with those who were written with it.

    A payload whose rows no database takes for what is in them is kept all the same, with one
    failed event in place of its items. Raises LedgerUnavailable for everything else that keeps
    the rows from being written, such as a key that a sequence gives out twice.
    """
    delivery = _delivery(arrival, verdict)
    with reached(Unstorable, BytesGone):
        try:
            return write(new(delivery, read, at=arrival.at, way=way))
        except REFUSED_FOR_ITS_DATA:
            return write(new(delivery, [_refused(delivery)], at=arrival.at, way=way))


def find(deliveries: Collection[UUID]) -> dict[UUID, Receipt]:
    """Looks up deliveries that were recorded before, by their ids. Raises LedgerUnavailable."""
    with reached():
        found = find_firsts("d.id IN %(id)s", {"id": tuple(deliveries)})
    return {
        row: Receipt(row=row, delivery=first, digest=digest, needs_task=is_open)
        for row, first, is_open, digest in found
    }


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
