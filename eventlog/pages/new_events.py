"""How many events have come since a list was loaded: the part of its page that refreshes itself."""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.http import HttpRequest
from django.template.response import TemplateResponse

from eventlog.links import EVENT_LIST
from eventlog.moments import read_moment
from eventlog.pages.page import Page
from eventlog.questions.filters import EventFilter, query_string, read_filter, row_id
from eventlog.questions.listing import Listing, whole
from eventlog.questions.windows import newer_than
from webhooks import clock

COUNTED_AT_MOST = 100
# A list without events has no newest one; what came earlier may have been settled since.
BEFORE_AN_EMPTY_LIST = timedelta(hours=1)
# A page that stays open for longer counts those of the last day.
LONGEST = timedelta(days=1)


def news_query(shown: Listing, *, newest: str) -> str:
    """The query of the part for a list as it is shown; empty where nothing can come to it any more.

    `newest` is the place of its first row, as an address names it, or empty where it has none.
    """
    end = shown.wanted.window_at(shown.now).end
    if shown.wanted.delivery or (end and end <= shown.now):
        return ""
    since = newest or f"{(shown.now - BEFORE_AN_EMPTY_LIST).isoformat()}_0"
    return "&".join(filter(None, (query_string(shown.wanted), urlencode({"since": since}))))


def new_events_view(request: HttpRequest) -> TemplateResponse:
    """Answers with a link to the list as it is now, where it has more than it had."""
    wanted, now = read_filter(request.GET), clock.now()
    place = _place(request.GET.get("since", ""))
    count = _count(wanted, place, now=now) if place else 0
    context = {
        "count": min(count, COUNTED_AT_MOST),
        "more": count > COUNTED_AT_MOST,
        "query": query_string(wanted),
    }
    return TemplateResponse(request, "admin/webhooks/event/_new_events.html", context)


def _count(wanted: EventFilter, place: tuple[datetime, int], *, now: datetime) -> int:
    moment, row = place
    since = max((moment, row), (now - LONGEST, 0))
    return whole(wanted, now=now).count(newer_than(*since), at_most=COUNTED_AT_MOST + 1)


def _place(words: str) -> tuple[datetime, int] | None:
    moment, _, row = words.rpartition("_")
    at, key = read_moment(moment), row_id(row)
    return None if at is None or key is None else (at, key)


PAGES = (
    Page(
        path="events/new/",
        name="new-events",
        view=new_events_view,
        permission="webhooks.view_event",
        title="New events",
        part_of=EVENT_LIST.removeprefix("admin:"),
    ),
)
