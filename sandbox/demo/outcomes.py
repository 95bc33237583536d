"""What the ledger says of a delivery that was posted."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sandbox.demo.scenes import Post
from webhooks.models import Event
from webhooks.outcomes import OPEN, State

POLL_SECONDS = 0.03


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What became of one item so far."""

    state: str
    reason: str
    chat: str  # lease id/enquiry id, or empty
    document_id: str
    took: timedelta | None  # from its receipt to its outcome; None while it is open


def find(post: Post) -> list[Found]:
    """Returns the events of a delivery, by position; none for bytes that were not stored."""
    digest = sha256(post.body).hexdigest()
    events = Event.objects.filter(delivery__digest=digest, delivery__repeat_of=None)
    return [_found(event) for event in events.order_by("position")] if post.items else []


def wait_for(post: Post, *, seconds: float, patient: bool = True) -> list[Found]:
    """Returns the events of a delivery once all are settled, or when the time is up.

    With patience, those of one that `waits` for its message may be waiting still.
    """
    resting = {State.WAITING} if post.waits and patient else set()
    deadline = time.monotonic() + seconds
    while True:
        found = find(post)
        moving = [each for each in found if each.state in OPEN - resting]
        if len(found) == len(post.items) and not moving:
            return found
        if time.monotonic() > deadline:
            return found
        time.sleep(POLL_SECONDS)


def _found(event: Event) -> Found:
    settled: datetime | None = event.settled_at
    return Found(
        state=event.state,
        reason=event.reason,
        chat=f"{event.lease_id}/{event.enquiry_id}" if event.enquiry_id else "",
        document_id=event.document,
        took=settled - event.received_at if settled else None,
    )
