"""What happens to a payload: it is recorded, and a task for it is put into the queue."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from webhooks import enqueuing, ledger
from webhooks.ledger import Arrival
from webhooks.models import Delivery
from webhooks.receipts import Receipt, Sent, Way
from webhooks.task_queue import TaskQueue
from webhooks.whatsapp.payload import parse
from webhooks.whatsapp.reading import read

logger = logging.getLogger(__name__)


class ForwardingFailed(Exception):
    """The payload was not taken over; its events stay `received` until the sweeper comes."""


class Forwarder(Protocol):
    """The way to whoever puts payloads into the queue."""

    def forward(
        self, *, delivery: UUID, digest: str, body: bytes, now: datetime | None = None
    ) -> None:
        """Hands over a payload and the delivery it is recorded as. Raises ForwardingFailed."""

    @property
    def shared(self) -> Way | None:
        """The same for those who share a transaction; None: each is handed over by itself."""


class NoSuchDelivery(Exception):
    """The ledger has no such delivery, and the payload did not come with it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Enqueued:
    """What became of a payload that was handed over."""

    delivery: UUID
    enqueued: bool  # whether a task was made; there is none if no event is open


def accept(
    *, body: bytes, headers: Mapping[str, str], now: datetime | None = None, forwarder: Forwarder
) -> Receipt:
    """Records what Meta sent and sends it on. What fails after the rows are written is logged.

    Raises LedgerUnavailable if the rows cannot be written.
    """
    source, way = Delivery.Source.META, forwarder.shared
    receipt = receive(body=body, headers=headers, source=source, now=now, way=way)
    match receipt.sent:
        case Sent.NOT_YET:
            send_on(receipt, body=body, now=now, forwarder=forwarder)
        case Sent.UNNOTED:
            enqueuing.note(receipt.delivery, now=now)
    return receipt


def receive(
    *,
    body: bytes,
    headers: Mapping[str, str],
    source: Delivery.Source,
    now: datetime | None = None,
    way: Way | None = None,
) -> Receipt:
    """Records one delivery and one event per item, whatever the bytes are; sends it on its way.

    They bear the moment of the ledger's clock at which they are written, unless one is given.
    Raises LedgerUnavailable.
    """
    payload = parse(body)
    arrival = Arrival(body=body, headers=headers, source=source, at=now)
    return ledger.record(arrival, verdict=payload.verdict, read=read(payload), way=way)


def send_on(
    receipt: Receipt, *, body: bytes, now: datetime | None = None, forwarder: Forwarder
) -> None:
    """Forwards a payload that has open events. A failure is logged: the sweeper sends it on."""
    if not receipt.needs_task:
        return
    try:
        forwarder.forward(delivery=receipt.delivery, digest=receipt.digest, body=body, now=now)
    except ForwardingFailed as error:
        not_sent_on(receipt.delivery, error)


def not_sent_on(delivery: UUID, error: ForwardingFailed) -> None:
    """Says so in the log."""
    logger.warning(
        "A delivery was not sent on.", extra={"delivery": str(delivery), "reason": str(error)}
    )


def take_over(
    *,
    delivery: UUID | None,
    payload: bytes,
    headers: Mapping[str, str],
    queue: TaskQueue,
    now: datetime | None = None,
) -> Enqueued:
    """Enqueues a delivery of our ledger, or records a payload that is not there and enqueues that.

    Raises NoSuchDelivery, LedgerUnavailable, QueueUnavailable.
    """
    receipt = ledger.find(delivery) if delivery else None
    if receipt is None:
        if not payload:
            raise NoSuchDelivery
        source = Delivery.Source.CALLABLE
        receipt = receive(body=payload, headers=headers, source=source, now=now)
    if receipt.needs_task:
        enqueuing.enqueue(delivery=receipt.delivery, digest=receipt.digest, queue=queue, now=now)
    return Enqueued(delivery=receipt.delivery, enqueued=receipt.needs_task)
