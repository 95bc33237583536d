"""From what a person points at to a selection of events, and the words for it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from eventlog.questions.filters import EventFilter, matching
from eventlog.questions.lengths import length_words
from eventlog.questions.windows import Window
from eventlog.replay.selection import Selection
from webhooks.models import Event

# Where a filter does not say since when.
DEFAULT_WINDOW = timedelta(hours=24)


def of_events(ids: Sequence[int]) -> Selection:
    """Events that were picked one by one."""
    words = f"event {ids[0]}" if len(ids) == 1 else f"{len(ids)} events picked by hand"
    events = Event.objects.filter(pk__in=ids)
    unknown = {*ids} - {*events.values_list("pk", flat=True)}
    return Selection(events=events, words=words, unknown=tuple(sorted(unknown)))


def of_filter(wanted: EventFilter, *, now: datetime) -> Selection:
    """Everything that matches a filter, in a window that no event to come can fall into."""
    wanted = with_closed_window(wanted, now=now)
    return Selection(events=matching(wanted, now=now), words=words_for(wanted))


def with_closed_window(wanted: EventFilter, *, now: datetime) -> EventFilter:
    """The same filter with a start and an end.

    The events of a delivery cannot become more, so they need no window.
    """
    if wanted.delivery:
        return wanted
    closed = wanted.closed_at(now)
    window = closed.window
    if window.start is None:
        end = window.end or now
        closed = replace(closed, window=Window(start=end - DEFAULT_WINDOW, end=end))
    return closed


def assumption(asked: EventFilter, *, now: datetime) -> str:
    """Says which window is taken where none was chosen; nothing where one was."""
    window = asked.window_at(now)
    if asked.delivery or window.start is not None:
        return ""
    hours = DEFAULT_WINDOW // timedelta(hours=1)
    if window.end is not None:
        return f"No beginning was chosen: the {hours} hours before the end are taken."
    return f"No window was chosen: the last {hours} hours are taken."


def words_for(wanted: EventFilter) -> str:
    """Says what a filter asks for; people and messages are named by the row of an event."""
    parts = [
        _either(state.value for state in wanted.states),
        _either(reason.phrase for reason in wanted.reasons),
        _either(kind.value for kind in wanted.kinds),
        f"of Meta’s word {_either(wanted.words)}" if wanted.words else "",
        f"with error {_either(map(str, wanted.codes))}" if wanted.codes else "",
        "unseen by customers" if wanted.unseen else "",
        f"that took {length_words(wanted.took)} or longer" if wanted.took else "",
        f"open for {length_words(wanted.open_for)} or longer" if wanted.open_for else "",
        "" if wanted.tries is None else f"tried {wanted.tries} times or more",
        "that had to wait" if wanted.waited else "",
        *(f"same {same.label} as event {event}" for same, event in wanted.same),
        f"delivery {wanted.delivery}" if wanted.delivery else "",
        _window_words(wanted.window),
    ]
    return ", ".join(filter(None, parts)) or "every event"


def name_for(selection: Selection, wanted: EventFilter | None, *, now: datetime) -> str:
    """Proposes a name for a replay: the choice and the time, or the window if that is all."""
    unbounded = replace(wanted, window=Window()) if wanted else None
    if wanted and unbounded == EventFilter():
        return f"Replay of what was {_window_words(wanted.window)}"
    words = words_for(unbounded) if unbounded else selection.words
    return f"Replay of {words[:70]}, {now.astimezone(UTC):%d %b %H:%M} UTC"


def _either(words: Iterable[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    *others, last = [*words] or [""]
    return f"{', '.join(others)} or {last}" if others else last


def _window_words(window: Window) -> str:
    """In UTC, since others read it in zones of their own."""
    start = f" from {_utc(window.start)}" if window.start else ""
    end = f" to {_utc(window.end)}" if window.end else ""
    return f"received{start}{end} UTC" if start or end else ""


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
