"""To the moment that somebody types, such as `10:14`, in the list of events that they look at."""

from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.http import HttpResponseRedirect as Redirect
from django.utils.timezone import localtime

from eventlog.links import events_url
from eventlog.pages.page import Page
from eventlog.questions.filters import EventFilter, query_string, read_filter
from eventlog.questions.windows import MOMENT
from eventlog.zones.names import own_zone
from eventlog.zones.spoken import NotUnderstood, spoken
from eventlog.zones.wall import shown
from webhooks import clock

PLACE = "here"  # where the list says which moment it is at
UNKNOWN = (
    "That is no time such as 10:14, yesterday 10:14, 29 Mar 02:30:07 or 2026-03-29 02:30 UTC, "
    "and no day such as 2026-03-29."
)
MISSING = "No clock showed that: they were set forward then. This is when they were, {}."
OUTSIDE = "That is not within the window that was chosen, so the window was taken away."


def jump_view(request: HttpRequest) -> HttpResponseBase:
    """Leads to the same list at the moment that was typed, which no address repeats."""
    if request.method != "POST":
        return Redirect(events_url(""))
    wanted = read_filter(QueryDict(request.POST.get("list", "")))
    now, zone = clock.now(), own_zone()
    try:
        found = spoken(request.POST.get("to", ""), now=now, zone=zone)
    except NotUnderstood:
        messages.error(request, UNKNOWN)
        return Redirect(events_url(query_string(wanted)), status=HTTPStatus.SEE_OTHER)
    [moment, *_] = found.moments
    if found.is_missing:
        messages.warning(request, MISSING.format(shown(localtime(moment), "%d %b %Y %H:%M:%S")))
    if not wanted.window_at(now).holds(moment):
        messages.info(request, OUTSIDE)
        wanted = wanted.at_any_time()
    return Redirect(_address(wanted, moment), status=HTTPStatus.SEE_OTHER)


def _address(wanted: EventFilter, moment: datetime) -> str:
    at = urlencode({MOMENT: moment.isoformat()})
    return f"{events_url('&'.join(filter(None, (query_string(wanted), at))))}#{PLACE}"


PAGES = (
    Page(
        path="jump/",
        name="jump",
        view=jump_view,
        permission="webhooks.view_event",
        title="Go to a time",
    ),
)
