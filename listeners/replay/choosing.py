"""From what a person points at to a selection of events, and the words for it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.utils.timezone import localtime

from listeners.log.filters import EventFilter, matching
from listeners.log.windows import Window
from listeners.replay.selection import Selection
from webhooks.models import Event

# Where a filter does not say since when.
DEFAULT_WINDOW = timedelta(hours=24)


def of_events(ids: Sequence[int]) -> Selection:
    """Events that were picked one by one."""
    words = f"event {ids[0]}" if len(ids) == 1 else f"{len(ids)} events picked by hand"
    return Selection(events=Event.objects.filter(pk__in=ids), words=words)


def of_filter(wanted: EventFilter, *, now: datetime) -> Selection:
    """Everything that matches a filter, in a window that no event to come can fall into.

    The events of a delivery cannot become more, so they need no window.
    """
    if not wanted.delivery:
        wanted = with_closed_window(wanted, now=now)
    return Selection(events=matching(wanted, now=now), words=words_for(wanted))


def with_closed_window(wanted: EventFilter, *, now: datetime) -> EventFilter:
    """The same filter with a start and an end."""
    closed = wanted.closed_at(now)
    window = closed.window
    if window.start is None:
        end = window.end or now
        closed = replace(closed, window=Window(start=end - DEFAULT_WINDOW, end=end))
    return closed


def words_for(wanted: EventFilter) -> str:
    """Says what a filter asks for; people and messages are named by the row of an event."""
    parts = [
        *([" or ".join(state.value for state in wanted.states)] if wanted.states else []),
        *([" or ".join(reason.value for reason in wanted.reasons)] if wanted.reasons else []),
        *([" or ".join(kind.value for kind in wanted.kinds)] if wanted.kinds else []),
        *(f"same {same.label} as event {event}" for same, event in wanted.same),
        *([f"delivery {wanted.delivery}"] if wanted.delivery else []),
        *([_window_words(wanted.window)] if wanted.window.start or wanted.window.end else []),
    ]
    return ", ".join(parts) or "every event"


def _window_words(window: Window) -> str:
    start = f"from {localtime(window.start):%Y-%m-%d %H:%M:%S} " if window.start else ""
    end = f"to {localtime(window.end):%Y-%m-%d %H:%M:%S}" if window.end else ""
    return f"received {start}{end}".rstrip()
