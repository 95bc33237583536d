"""What has no outcome yet: for what it waits, since when, and when somebody looks at it next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from eventlog.questions.wording import meaning
from listeners.waiting import WAITS
from webhooks.models import Event
from webhooks.outcomes import OPEN, Reason, State
from webhooks.sweeper import ROUNDS

SHOWN_AT_MOST = 100

FOR_WHAT = {
    State.RECEIVED: "Its way to the queue; the sweeper sends it on if nobody does.",
    State.QUEUED: "Its task; the sweeper makes another if that is lost.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """One open event as the waiting list shows it."""

    event: Event
    now: datetime

    @property
    def for_what(self) -> str:
        """What has to happen before it goes on."""
        event = self.event
        return FOR_WHAT.get(State.of(event.state)) or meaning(event.state, event.reason)

    @property
    def message_id(self) -> str:
        """Meta's id of the message that it waits for, if it waits for one."""
        if self.event.state != State.WAITING:
            return ""
        return self.event.target_id or self.event.message_id

    @property
    def tries(self) -> str:
        """How many tries it has had, of how many."""
        if self.event.state == State.WAITING:
            return f"{self.event.waits} of {len(WAITS[Reason.of(self.event.reason)])}"
        return f"{self.event.rounds} of {ROUNDS}" if self.event.rounds else ""

    @property
    def overdue(self) -> bool:
        """Whether the next try should have been by now."""
        return self.event.check_at is not None and self.event.check_at < self.now


def open_events() -> QuerySet[Event]:
    """All events without an outcome: somebody is to look at each of them at some time."""
    return Event.objects.filter(state__in=sorted(OPEN), check_at__isnull=False)


def waiting_list(*, now: datetime) -> tuple[Sequence[Waiting], bool]:
    """The open events, those first whose turn comes first, and whether there are more."""
    found = list(open_events().order_by("check_at")[: SHOWN_AT_MOST + 1])
    shown = [Waiting(event=event, now=now) for event in found[:SHOWN_AT_MOST]]
    return shown, len(found) > SHOWN_AT_MOST
