"""The stages of an event's way, and how long each took."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from visn_whatsapp.explained import Explained

Durations = Iterator[tuple["Stage", timedelta]]


class Stage(Explained):
    """A part of an event's way whose duration is measured."""

    ARRIVAL = "arrival", "Meta's time → received"
    QUEUEING = "queueing", "received → queued"
    PICKUP = "pickup", "queued → started"
    APPLYING = "applying", "started → written"
    WHOLE = "whole", "received → written"


def passed(
    *,
    received_at: datetime,
    queued_at: datetime | None,
    started_at: datetime | None,
    settled_at: datetime | None,
    waited: bool,
    reopened: bool,
) -> Durations:
    """The stages that an event has passed since it arrived, as far as these moments tell.

    The time until it was opened again says nothing about how fast we are, nor does the wait for a
    message about how fast the queue is. What was decided anew while it was open has waited as long.
    """
    if reopened:
        return
    if queued_at is not None:
        yield Stage.QUEUEING, queued_at - received_at
        if started_at is not None and not waited:
            yield Stage.PICKUP, started_at - queued_at
    if started_at is not None and settled_at is not None:
        yield Stage.APPLYING, settled_at - started_at
        yield Stage.WHOLE, settled_at - received_at
