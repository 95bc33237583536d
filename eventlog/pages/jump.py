"""To the moment that somebody types, such as `10:14`, in the list that they look at."""

from collections.abc import Iterable
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.http import HttpResponseRedirect as Redirect
from django.utils.timezone import localtime

from eventlog.pages.page import Page
from eventlog.questions.filters import query_string, read_filter
from eventlog.questions.windows import MOMENT, NEWER, OLDER
from eventlog.saved_views.lists import List
from eventlog.zones.names import own_zone
from eventlog.zones.spoken import NotUnderstood, spoken
from eventlog.zones.wall import shown
from webhooks import clock

TURNS = (OLDER, NEWER, MOMENT)
WINDOW = ("span", "zone", "from", "to")
PLACE = "here"  # where the list says which moment it is at
UNKNOWN = (
    "That is no time such as 10:14, yesterday 10:14, 29 Mar 02:30:07 or 2026-03-29 02:30 UTC, "
    "and no day such as 2026-03-29."
)
MISSING = "No clock showed that: they were set forward then. This is when they were, {}."
OUTSIDE = "That is not within the window that was chosen, so the window was taken away."


def jump_view(request: HttpRequest) -> HttpResponseBase:
    """Leads to the same list at the moment that was typed, which no address repeats."""
    page = List.known(request.POST.get("page", "")) or List.EVENTS
    if request.method != "POST":
        return Redirect(page.url(""))
    query = _filters(page, QueryDict(request.POST.get("list", "")))
    now, zone = clock.now(), own_zone()
    try:
        found = spoken(request.POST.get("to", ""), now=now, zone=zone)
    except NotUnderstood:
        messages.error(request, UNKNOWN)
        return Redirect(page.url(query.urlencode()), status=HTTPStatus.SEE_OTHER)
    [moment, *_] = found.moments
    if found.is_missing:
        messages.warning(request, MISSING.format(shown(localtime(moment), "%d %b %Y %H:%M:%S")))
    if not read_filter(query).window_at(now).holds(moment):
        messages.info(request, OUTSIDE)
        _leave_out(query, WINDOW)
    query[MOMENT] = moment.isoformat()
    return Redirect(f"{page.url(query.urlencode())}#{PLACE}", status=HTTPStatus.SEE_OTHER)


def _filters(page: List, query: QueryDict) -> QueryDict:
    """What narrows a list, without the place in it that its page showed."""
    if page == List.EVENTS:
        return QueryDict(query_string(read_filter(query)), mutable=True)
    filters = query.copy()
    _leave_out(filters, TURNS)
    return filters


def _leave_out(query: QueryDict, names: Iterable[str]) -> None:
    for name in names:
        query.pop(name, None)


PAGES = (
    Page(
        path="jump/",
        name="jump",
        view=jump_view,
        permission="webhooks.view_event",
        title="Go to a time",
    ),
)
