"""A page of events, and where the next one begins.

The cursor is the last row's moment and id, as in the lists of the event log. REST framework's own
counts rows of one moment from the beginning, and a delivery has a thousand of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Q

from eventlog.api.asked import Given, closed, filter_of
from eventlog.questions.filters import EventFilter
from eventlog.questions.listing import whole
from eventlog.questions.windows import older_than
from webhooks.models import Event

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class EventPage:
    """So many events, the newest first."""

    events: Sequence[Event]
    next: str | None  # the query of the next page; None: there is none


def page_of(given: Given, *, now: datetime) -> EventPage:
    """Returns what is asked for, as the lists of the event log read it, and one row more."""
    if "event" in given:
        return EventPage(events=list(Event.objects.filter(pk=given["event"])), next=None)
    wanted = filter_of(given, now=now)
    older = older_than(*_place(given["cursor"])) if "cursor" in given else Q()
    found = whole(wanted, now=now).page(older, limit=given["limit"] + 1)
    shown = found[: given["limit"]]
    more = len(found) > len(shown)
    return EventPage(events=shown, next=_query(given, wanted, shown[-1]) if more else None)


def _place(cursor: str) -> tuple[datetime, int]:
    ticks, _, row = cursor.partition("-")
    return _EPOCH + int(ticks) * _TICK, int(row)


def _query(given: Given, wanted: EventFilter, last: Event) -> str:
    """The same question with its window as it was at the first page."""
    asked = {
        **closed(given, wanted),
        "limit": given["limit"],
        **({"reveal": "true"} if given["reveal"] else {}),
        "cursor": f"{(last.received_at - _EPOCH) // _TICK}-{last.pk}",
    }
    return urlencode(asked, doseq=True)
