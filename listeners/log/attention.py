"""What somebody should look at now: what went wrong lately, and what is on its way."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from listeners.log.filters import EventFilter, matching, query_string
from listeners.log.waiting import open_events
from listeners.log.windows import Span
from listeners.log.wording import REASONS, STATES
from webhooks.outcomes import Reason, State

# Counting stops here: the front page costs the same however long the queue is.
COUNTED_AT_MOST = 10_000
GONE_WRONG = (State.FAILED, State.SKIPPED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Concern:
    """Events of the last hour that ended for one reason."""

    state: State
    reason: Reason
    count: int

    @property
    def query(self) -> str:
        """The query of the list that shows them."""
        return query_string(
            EventFilter(states=(self.state,), reasons=(self.reason,), span=Span.HOUR)
        )


def concerns(*, now: datetime) -> list[Concern]:
    """What failed or was skipped in the last hour, by reason; failures first, the most first."""
    rows = (
        matching(EventFilter(states=GONE_WRONG, span=Span.HOUR), now=now)
        .order_by()
        .values_list("state", "reason")
        .annotate(Count("pk"))
    )
    found = [
        Concern(state=STATES[state], reason=REASONS[reason], count=count)
        for state, reason, count in rows
    ]
    return sorted(found, key=lambda concern: (concern.state, -concern.count))


def open_count() -> int:
    """How many events have no outcome yet, up to COUNTED_AT_MOST + 1."""
    return open_events().order_by().values("pk")[: COUNTED_AT_MOST + 1].count()
