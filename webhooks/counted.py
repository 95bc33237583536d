"""What metrics count of what came in, and of what was given up."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from visn_whatsapp.telemetry import metrics
from webhooks.columns import Columns
from webhooks.models import Delivery
from webhooks.outcomes import OPEN, Reason
from webhooks.stages import Stage
from webhooks.whatsapp.items import Kind


def kind_of(word: str) -> str:
    """The kind of a row; of one that only another release knows, that it is another."""
    return Kind.known(word) or metrics.OTHER


def repeated(delivery: Delivery) -> None:
    """Counts a delivery of bytes that had come before."""
    _delivery(delivery, repeat=True)


def received(delivery: Delivery, events: Columns, *, at: datetime) -> None:
    """Counts a delivery and its events, some of which begin settled."""
    _delivery(delivery, repeat=False)
    kinds: Sequence[str] = events["kind"]
    for kind, number in Counter(kinds).items():
        metrics.count(metrics.RECEIVED, number, {metrics.KIND: kind_of(kind)})
    begun = Counter(zip(kinds, events["state"], events["reason"], strict=True))
    for (kind, state, reason), number in begun.items():
        if state not in OPEN:
            settled(kind, Reason.of(reason), number=number)
    told = {metrics.STAGE: Stage.ARRIVAL.value}
    for occurred_at in events["occurred_at"]:
        if occurred_at is not None:
            metrics.measure(metrics.DURATION, (at - occurred_at).total_seconds(), told)


def settled(kind: str, reason: Reason, *, number: int = 1) -> None:
    """Counts events that have an outcome."""
    if number:
        metrics.count(
            metrics.SETTLED,
            number,
            {
                metrics.KIND: kind_of(kind),
                metrics.STATE: str(reason.state),
                metrics.REASON: str(reason),
            },
        )


def _delivery(delivery: Delivery, *, repeat: bool) -> None:
    told: dict[str, str | bool] = {metrics.VERDICT: delivery.verdict, metrics.REPEAT: repeat}
    metrics.count(metrics.DELIVERIES, 1, told)
