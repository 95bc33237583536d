"""When events were opened again by replays: from then on counts how long they take."""

from django.db.models import Max, OuterRef, QuerySet, Subquery

from listeners.replay.models import ReplayedEvent
from webhooks.models import Event


def with_reopening(events: QuerySet[Event]) -> QuerySet[Event]:
    """Adds `reopened_at`, when a replay last opened the event; None if none has."""
    # Grouped, so that the index of the event is the only way to the latest.
    latest = (
        ReplayedEvent.objects.filter(event=OuterRef("pk"))
        .order_by()
        .values("event")
        .annotate(latest=Max("reopened_at"))
    )
    return events.annotate(reopened_at=Subquery(latest.values("latest")))
