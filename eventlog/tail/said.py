"""What has been said of events, for as long as somebody may come upon it again."""

from collections.abc import Collection
from datetime import datetime

from eventlog.tail.changes import Change, How


class Said:
    """How events stood when they were spoken of."""

    def __init__(self) -> None:
        self._said: dict[int, tuple[How, datetime]] = {}

    def __contains__(self, event: int) -> bool:
        """Whether anything is remembered of it."""
        return event in self._said

    def is_said(self, change: Change) -> bool:
        """Whether it was spoken of as it stands."""
        return self._said.get(change.event, ((), None))[0] == change.how

    def note(self, change: Change) -> None:
        """Remembers how it stands."""
        self._said[change.event] = change.how, max(change.since, change.received_at)

    def forget(self, *, before: datetime, but: Collection[int]) -> None:
        """Forgets what stood so before a moment, except of these events."""
        self._said = {
            event: said for event, said in self._said.items() if said[1] >= before or event in but
        }
