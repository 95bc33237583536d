"""Rows of the ledger, made directly where the way there does not matter."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from typing import Any

from sandbox import samples
from webhooks.models import Delivery, Event
from webhooks.outcomes import Reason, State
from webhooks.whatsapp.items import Kind

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
_serial = count(1)


def make_delivery(**fields: Any) -> Delivery:
    """A delivery with a body of its own."""
    body = fields.pop("body", json.dumps({"object": "whatsapp", "n": next(_serial)}).encode())
    usual = {
        "received_at": NOON,
        "digest": sha256(body or b"").hexdigest(),
        "body": body,
        "size": len(body or b""),
        "verdict": "readable",
    }
    return Delivery.objects.create(**{**usual, **fields})


def make_event(delivery: Delivery | None = None, **fields: Any) -> Event:
    """A text of the driver that was applied, unless the fields say otherwise."""
    return Event.objects.create(**_event(delivery or make_delivery(), fields))


def add_events(delivery: Delivery, *, count: int, **fields: Any) -> None:
    """Many events of one delivery."""
    Event.objects.bulk_create(
        Event(**_event(delivery, {"position": position, **fields})) for position in range(count)
    )


def _event(delivery: Delivery, fields: dict[str, Any]) -> dict[str, Any]:
    usual = {
        "delivery": delivery,
        "position": 0,
        "kind": Kind.TEXT.value,
        "name": "text",
        "lease_number": samples.LEASE_NUMBER,
        "phone_number_id": samples.PHONE_NUMBER_ID,
        "person_number": samples.DRIVER_NUMBER,
        "person_user_id": samples.DRIVER_USER_ID,
        "message_id": samples.TEXT_ID,
        "occurred_at": delivery.received_at,
        "state": State.PROCESSED.value,
        "reason": Reason.APPLIED.value,
        "received_at": delivery.received_at,
    }
    return usual | fields
