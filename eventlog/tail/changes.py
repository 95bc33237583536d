"""How an event stands and since when, as its row tells."""

from collections.abc import Mapping
from datetime import datetime
from sys import intern
from typing import NamedTuple

from webhooks.models import Event
from webhooks.outcomes import State

How = tuple[str, str, datetime | None]

# Which column says since when an event stands so, where it is not settled. Of a wait nothing is
# written but when the run began that came to it.
_SINCE: Mapping[str, str] = {
    State.RECEIVED: "reopened_at",
    State.QUEUED: "queued_at",
    State.WAITING: "started_at",
}


class Change(NamedTuple):
    """What a row says of it, in the order of `COLUMNS`."""

    event: int  # its key
    state: str
    reason: str
    received_at: datetime
    queued_at: datetime | None
    started_at: datetime | None
    settled_at: datetime | None
    reopened_at: datetime | None

    @property
    def how(self) -> How:
        """What differs as soon as it stands otherwise, or as before but opened again meanwhile.

        The words are the same objects for all, since many of these are remembered.
        """
        return intern(self.state), intern(self.reason), self.reopened_at

    @property
    def since(self) -> datetime:
        """Since when it stands so, as far as is written."""
        moment = self.settled_at or getattr(self, _SINCE.get(self.state, "received_at"))
        return moment or self.received_at


COLUMNS = ("pk", *Change._fields[1:])


def change_of(event: Event) -> Change:
    """How an event stands that was read with these columns."""
    return Change(*(getattr(event, column) for column in COLUMNS))
