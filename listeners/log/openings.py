"""When events were opened again by replays: from then on counts how long they take."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from listeners.replay.models import ReplayedEvent
from webhooks.models import Event

NO_EVENT = 0


def reopenings(events: Sequence[Event]) -> Mapping[int, datetime]:
    """When a replay last opened each of the events; those that none has opened are left out."""
    # An empty page costs the same queries as a full one.
    ids = [event.pk for event in events] or [NO_EVENT]
    rows = ReplayedEvent.objects.filter(event__in=ids, reopened_at__isnull=False)
    latest: dict[int, datetime] = {}
    for event, moment in rows.order_by().values_list("event", "reopened_at"):
        if moment:
            latest[event] = max(moment, latest.get(event, moment))
    return latest
