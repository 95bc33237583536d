"""The search box: what it holds is posted, and the answer leads on by row ids.

So a number or a message id that somebody looks for ends in no access log and no history.
"""

from datetime import datetime
from http import HTTPStatus
from math import ceil

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from eventlog.figures.numbers import known_numbers
from eventlog.links import delivery_url, event_url, events_url
from eventlog.pages.guessing import closed_until
from eventlog.pages.page import Page
from eventlog.pages.reveal import may_reveal
from eventlog.questions.filters import EventFilter, query_string
from eventlog.questions.matches import Match, find, is_part_of_number
from webhooks import clock


def find_view(request: HttpRequest) -> HttpResponseBase:
    """Leads to the one thing that was meant, or offers what it may have been.

    Nothing is found by a link, which would hold what is looked for; it leads to the box.
    """
    if request.method != "POST":
        return HttpResponseRedirect(reverse("admin:index"))
    words = request.POST.get("words", "")
    may_guess = may_reveal(request) or not is_part_of_number(words)
    if not may_guess and (until := closed_until(request, now=clock.now())):
        return _closed(request, until)
    found = find(words, lease_numbers=[known.number for known in known_numbers()])
    if found.only is not None:
        return HttpResponseRedirect(target(found.only))
    choices = [(match, target(match)) for match in found.matches]
    return TemplateResponse(request, "admin/find.html", {"found": found, "choices": choices})


def _closed(request: HttpRequest, until: datetime) -> HttpResponseBase:
    answer = TemplateResponse(
        request, "admin/find_closed.html", {"until": until}, status=HTTPStatus.TOO_MANY_REQUESTS
    )
    answer["Retry-After"] = str(max(1, ceil((until - clock.now()).total_seconds())))
    return answer


def target(match: Match) -> str:
    """The page of what was found."""
    if match.delivery is not None:
        return delivery_url(match.delivery)
    if match.event is None:
        raise ValueError("a match is an event or a delivery")
    if match.same is None:
        return event_url(match.event.pk)
    wanted = EventFilter(same=((match.same, match.event.pk),))
    return events_url(query_string(wanted))


PAGES = (
    Page(path="find/", name="find", view=find_view, permission="webhooks.view_event", title="Find"),
)
