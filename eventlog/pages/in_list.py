"""Where an event stands in the list that somebody came from, and how one goes on from there.

The list travels in the event's address as one word, so several lists can be open at once.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict

from eventlog.links import LIST, event_url, events_url
from eventlog.questions.filters import query_string, read_filter
from eventlog.questions.neighbours import neighbours
from eventlog.questions.windows import MOMENT, NEWER, OLDER
from webhooks import clock
from webhooks.models import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class InList:
    """The way on from an event. Addresses; empty at the ends of the list."""

    newer: str
    older: str
    list: str


def list_word(query: QueryDict) -> str:
    """What the addresses of a list’s events carry: its filters, and the page that it shows."""
    page = [(word, query[word]) for word in (OLDER, NEWER, MOMENT) if query.get(word)]
    return urlencode({LIST: _joined(query_string(read_filter(query)), urlencode(page))})


def in_list(request: HttpRequest, event: Event) -> InList | None:
    """Where the event stands in the list that the address tells of; None if it tells of none."""
    if LIST not in request.GET:
        return None
    query = QueryDict(request.GET[LIST])
    wanted = read_filter(query)
    beside = neighbours(event, wanted, now=clock.now())
    newer, older = (
        _address(each, query_string(wanted)) if each else ""
        for each in (beside.newer, beside.older)
    )
    back = events_url(QueryDict(list_word(query))[LIST])
    return InList(newer=newer, older=older, list=f"{back}#event-{event.pk}")


def _address(event: Event, filters: str) -> str:
    """An event of the list, which leads back to a page of it that begins with this event."""
    begins = urlencode({OLDER: f"{event.received_at.isoformat()}_{event.pk + 1}"})
    return f"{event_url(event.pk)}?{urlencode({LIST: _joined(filters, begins)})}"


def _joined(*queries: str) -> str:
    return "&".join(filter(None, queries))
