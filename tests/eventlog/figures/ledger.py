"""Rows of the ledger at given moments, made directly: figures only look at times and outcomes."""

from datetime import datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any
from uuid import UUID

from listeners.models import TaskRun
from tests import rows
from webhooks.alias import Alias
from webhooks.models import Delivery, Event
from webhooks.outcomes import OPEN, Reason

NOON = rows.NOON
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
_serial = count()


def make_delivery(
    at: datetime = NOON, *, items: int = 1, repeat_of: Delivery | None = None
) -> Delivery:
    """A delivery that came at a moment; its id tells that moment, as in use."""
    serial = next(_serial)
    milliseconds = int(at.timestamp() * 1000)
    repeated: dict[str, Any] = {"repeat_of": repeat_of, "body": None, "size": 2}
    return rows.make_delivery(
        pk=UUID(f"{milliseconds:012x}7000b{serial:015x}"),
        received_at=at,
        digest=sha256(str(serial).encode()).hexdigest(),
        item_count=items,
        **(repeated if repeat_of else {}),
    )


def make_event(reason: Reason = Reason.APPLIED, at: datetime = NOON, **fields: Any) -> Event:
    """An event of a delivery of its own that came at a moment and was settled five seconds later.

    Meta's time is two seconds before, the queue took one second, the start another.
    """
    settled = reason.state not in OPEN
    nobody = dict.fromkeys(("person_number", "person_user_id", "message_id"), "")
    moments: dict[str, Any] = {
        "state": reason.state.value,
        "reason": reason.value,
        "occurred_at": at - 2 * SECOND,
        "received_at": at,
        "queued_at": at + SECOND,
        "started_at": at + 2 * SECOND if settled else None,
        "settled_at": at + 5 * SECOND if settled else None,
        "check_at": None if settled else at + MINUTE,
    }
    delivery = fields.pop("delivery", None) or make_delivery(at)
    return rows.make_event(delivery, **(nobody | moments | fields))


def make_alias(event: Event, *, noted_at: datetime) -> Alias:
    """That the event's driver had another number before."""
    return Alias.objects.create(
        lease_number=event.lease_number,
        previous_number="16505550000",
        number=event.person_number,
        changed_at=event.received_at - MINUTE,
        noted_at=noted_at,
        delivery=make_delivery(noted_at),
        position=0,
    )


def make_run(
    delivery: Delivery, at: datetime, *, retry_count: int = 0, took: timedelta = SECOND
) -> TaskRun:
    """A run of a task of the delivery."""
    return TaskRun.objects.create(
        delivery=delivery,
        retry_count=retry_count,
        started_at=at,
        finished_at=at + took,
        result=TaskRun.Result.DONE,
    )


def settle(event: Event, reason: Reason, *, at: datetime) -> None:
    """Gives an event an outcome."""
    event.state, event.reason = reason.state.value, reason.value
    event.started_at = event.settled_at = at
    event.check_at = None
    event.save()
