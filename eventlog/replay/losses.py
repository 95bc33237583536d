"""What Firestore may have lost: chosen events, or all that were applied in a restore window."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet

from eventlog.questions.windows import Window, received_in
from listeners.models import RestoreWindow
from webhooks.conditions import PRUNED
from webhooks.models import Delivery, Event

# Our clock against that by which Firestore was restored.
MARGIN = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Lost:
    """Events, and what they are in words that hold no personal data."""

    events: QuerySet[Event]
    words: str
    gone: int  # deliveries or events that retention has taken


def of_events(ids: Collection[int]) -> Lost:
    """Events that were picked one by one."""
    chosen = set(ids)
    events = Event.objects.filter(pk__in=chosen)
    words = f"event {min(chosen)}" if len(chosen) == 1 else f"{len(chosen)} events picked by hand"
    return Lost(events=events, words=words, gone=len(chosen) - events.count())


def of_window(window: RestoreWindow) -> Lost:
    """What was written between the moment that was gone back to and the window's end.

    By when an event was settled, which is right after its write: one that was received before that
    moment may have been written after it.
    """
    if window.since is None:
        return Lost(events=Event.objects.none(), words=f"restore window {window.pk}", gone=0)
    start = window.since - MARGIN
    written = Q(settled_at__gte=start)
    if window.until is not None:
        written &= Q(settled_at__lt=window.until)
    pruned = Delivery.objects.filter(
        PRUNED, received_in(Window(start=start, end=window.until)), item_count__gt=0
    )
    return Lost(
        events=Event.objects.filter(written),
        words=f"what was written in restore window {window.pk}",
        gone=pruned.count(),
    )
