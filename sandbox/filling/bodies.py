"""The bytes of made-up deliveries: what Meta would have sent for their events."""

from collections.abc import Sequence
from typing import Any

from sandbox import samples
from webhooks.models import Event
from webhooks.whatsapp.items import Kind


def body_of(events: Sequence[Event], *, account_id: str) -> bytes:
    """The bytes that the events would have been read from; no two deliveries have the same."""
    changes = [_change(event) for event in events]
    return samples.encode(samples.envelope(samples.entry(*changes, account_id=account_id)))


def _change(event: Event) -> samples.Json:
    """A change of its own for each item keeps the items in order."""
    if event.kind == Kind.CHANGE:
        return samples.other_change(field=event.name)
    place = {"lease_number": event.lease_number, "phone_number_id": event.phone_number_id}
    if event.kind == Kind.ERROR:
        return samples.change(errors=[{"code": int(event.name)}], **place)
    common: dict[str, Any] = {
        "message_id": event.message_id,
        "number": event.person_number,
        "user_id": event.person_user_id,
        "timestamp": int(event.occurred_at.timestamp()) if event.occurred_at else 0,
    }
    if event.kind == Kind.STATUS:
        return samples.change(statuses=[samples.status(word=event.name, **common)], **place)
    if event.kind == Kind.REACTION:
        message = samples.reaction(target_id=event.target_id, **common)
    elif event.kind == Kind.TEXT:
        message = samples.text(body=f"Message {event.position}", **common)
    else:
        message = samples.image(**common) | {"type": event.name}
    return samples.change(messages=[message], **place)
