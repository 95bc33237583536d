"""The bytes of made-up deliveries: what Meta would have sent for their events."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox import samples
from webhooks.models import Event
from webhooks.outcomes import Reason
from webhooks.whatsapp.items import Kind


def body_of(events: Sequence[Event], *, account_id: str) -> bytes:
    """The bytes that the events would have been read from; no two deliveries have the same.

    A change of its own for each item keeps the items in order.
    """
    changes = [CHANGES.get(event.kind, _message)(event) for event in events]
    return samples.encode(samples.envelope(samples.entry(*changes, account_id=account_id)))


def _other_change(event: Event) -> samples.Json:
    return samples.other_change(field=event.name)


def _error(event: Event) -> samples.Json:
    return samples.change(errors=[{"code": int(event.name)}], **_place(event))


def _status(event: Event) -> samples.Json:
    errors = [] if event.error_code is None else [{"code": event.error_code}]
    status = samples.status(word=event.name, errors=errors, **_common(event))
    return samples.change(statuses=[status], **_place(event))


def _reaction(event: Event) -> samples.Json:
    reaction = samples.reaction(target_id=event.target_id, **_common(event))
    return samples.change(messages=[reaction], **_place(event))


def _text(event: Event) -> samples.Json:
    text = samples.text(body=f"Message {event.position}", **_common(event))
    return samples.change(messages=[text], **_place(event))


def _message(event: Event) -> samples.Json:
    message = samples.image(**_common(event)) | {"type": event.name}
    if event.reason == Reason.GROUP:
        message["group_id"] = "group-1"
    return samples.change(messages=[message], **_place(event))


def _place(event: Event) -> dict[str, Any]:
    return {"lease_number": event.lease_number, "phone_number_id": event.phone_number_id}


def _common(event: Event) -> dict[str, Any]:
    return {
        "message_id": event.message_id,
        "number": event.person_number,
        "user_id": event.person_user_id,
        "timestamp": int(event.occurred_at.timestamp()) if event.occurred_at else 0,
    }


# What Meta sends an item of a kind in; of all other kinds, a message of a type named as the event.
CHANGES: Mapping[str, Callable[[Event], samples.Json]] = {
    Kind.CHANGE: _other_change,
    Kind.ERROR: _error,
    Kind.STATUS: _status,
    Kind.REACTION: _reaction,
    Kind.TEXT: _text,
}
