"""What happens to a payload: it is recorded, and a task for it is put into the queue."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from visn_whatsapp.budget import Budget, BudgetSpent
from visn_whatsapp.traces import Trace
from webhooks import enqueuing, ledger
from webhooks.ledger import Arrival, LedgerUnavailable
from webhooks.models import Delivery
from webhooks.receipts import Receipt, Sent, Way
from webhooks.task_queue import QueueUnavailable, TaskQueue
from webhooks.whatsapp.payload import parse
from webhooks.whatsapp.reading import read

logger = logging.getLogger(__name__)

RECORDING_SECONDS = 10.0  # for those of one call that have to be recorded


class ForwardingFailed(Exception):
    """The payload was not taken over; its events stay `received` until the sweeper comes."""


class Forwarder(Protocol):
    """The way to whoever puts payloads into the queue."""

    def forward(
        self, *, delivery: UUID, digest: str, body: bytes, now: datetime | None = None
    ) -> None:
        """Hands over a payload and the delivery it is recorded as. Raises ForwardingFailed."""

    def shared(self, body: bytes) -> Way | None:
        """The same for those who share a transaction; None: this one is handed over by itself."""


class NoSuchDelivery(Exception):
    """The ledger has no such delivery, and the payload did not come with it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Enqueued:
    """What became of a payload that was handed over."""

    delivery: UUID
    enqueued: bool  # whether a task was made; there is none if no event is open


NotTakenOver = NoSuchDelivery | LedgerUnavailable | QueueUnavailable


def accept(
    *, body: bytes, headers: Mapping[str, str], now: datetime | None = None, forwarder: Forwarder
) -> Receipt:
    """Records what Meta sent and sends it on. What fails after the rows are written is logged.

    Raises LedgerUnavailable if the rows cannot be written.
    """
    source, way = Delivery.Source.META, forwarder.shared(body)
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
    receipt = ledger.find([delivery]).get(delivery) if delivery else None
    if receipt is None:
        receipt = _record(payload, headers=headers, now=now)
    if receipt.needs_task:
        enqueuing.enqueue(delivery=receipt.delivery, digest=receipt.digest, queue=queue, now=now)
    return _enqueued(receipt)


def take_over_all(
    payloads: Mapping[UUID, bytes],
    *,
    traces: Mapping[UUID, Trace],
    headers: Mapping[str, str],
    queue: TaskQueue,
    now: datetime | None = None,
) -> dict[UUID, Enqueued | NotTakenOver]:
    """Does the same for several that were handed over together: says of each what became of it.

    Those that came under a trace of their own keep it beside that of the task that they share.

    For none, which is a probe, it makes a task of none. Raises LedgerUnavailable and
    QueueUnavailable where nothing could be done for any.
    """
    if not payloads:
        ledger.look()
        queue.create_for(())
        return {}
    receipts, failed = _recorded(payloads, headers=headers, now=now)
    failed |= _without_task(receipts, traces, queue=queue, now=now)
    if len(failed) == len(payloads):
        raise failed.popitem()[1]
    for delivery, why in failed.items():
        logger.error(
            "A delivery that came in company was put off.",
            extra={"delivery": delivery, "reason": type(why).__name__},
            exc_info=why,
        )
    return {each: failed.get(each) or _enqueued(receipts[each]) for each in payloads}


def _recorded(
    payloads: Mapping[UUID, bytes], *, headers: Mapping[str, str], now: datetime | None
) -> tuple[Mapping[UUID, Receipt], dict[UUID, NotTakenOver]]:
    """Where deliveries stand in our ledger, and those that are not there and cannot be recorded.

    Nor are they once that has taken too long: by then nobody waits for an answer.
    """
    receipts, failed = ledger.find(payloads), dict[UUID, NotTakenOver]()
    budget = Budget(RECORDING_SECONDS)
    for delivery in payloads.keys() - receipts.keys():
        try:
            budget.at_most(RECORDING_SECONDS)
            receipts[delivery] = _record(payloads[delivery], headers=headers, now=now)
        except BudgetSpent as error:
            failed[delivery] = LedgerUnavailable(type(error).__name__)
        except (NoSuchDelivery, LedgerUnavailable) as error:
            failed[delivery] = error
    return receipts, failed


def _without_task(
    receipts: Mapping[UUID, Receipt],
    traces: Mapping[UUID, Trace],
    *,
    queue: TaskQueue,
    now: datetime | None,
) -> Mapping[UUID, QueueUnavailable]:
    needing = {
        receipt.delivery: (receipt.digest, traces.get(named))
        for named, receipt in receipts.items()
        if receipt.needs_task
    }
    calls = [
        enqueuing.Call(delivery=delivery, digest=digest, queue=queue, now=now, trace=trace)
        for delivery, (digest, trace) in needing.items()
    ]
    without = enqueuing.enqueue_all(calls)
    return {
        named: without[receipt.delivery]
        for named, receipt in receipts.items()
        if receipt.delivery in without
    }


def _enqueued(receipt: Receipt) -> Enqueued:
    return Enqueued(delivery=receipt.delivery, enqueued=receipt.needs_task)


def _record(payload: bytes, *, headers: Mapping[str, str], now: datetime | None) -> Receipt:
    if not payload:
        raise NoSuchDelivery
    return receive(body=payload, headers=headers, source=Delivery.Source.CALLABLE, now=now)
