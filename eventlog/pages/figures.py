"""The figures on the admin's front page, and the part of them that refreshes itself."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.template.response import TemplateResponse

from eventlog.figures.board import Stretch
from eventlog.figures.dashboard import dashboard
from eventlog.figures.histogram import RESOLUTION
from eventlog.pages.page import Page
from eventlog.problems.listing import is_any_open
from eventlog.questions.filters import row_id
from eventlog.questions.first_steps import first_steps
from eventlog.questions.misread import Field
from webhooks import clock

FIELDS = {
    "stretch": Field(read=Stretch.known, what="stretch of time"),
    "number": Field(read=row_id, what="lease number"),
}


def figures_view(request: HttpRequest) -> TemplateResponse:
    """Answers with the part of the front page that changes."""
    return TemplateResponse(request, "admin/figures/_dashboard.html", figures_context(request))


def figures_context(request: HttpRequest) -> dict[str, Any]:
    """What the figures' templates need: the address says which stretch, and which lease number."""
    stretch = Stretch.known(request.GET.get("stretch", "")) or Stretch.HOUR
    now = clock.now()
    figures = dashboard(stretch, number_id=row_id(request.GET.get("number", "")), now=now)
    chosen = {"number": figures.number.pk} if figures.number else {}
    origin = f"{request.scheme}://{request.get_host()}"
    return {
        "figures": figures,
        "first_steps": None if figures.anything_came else first_steps(origin=origin),
        "any_open": is_any_open(),
        "stretches": list(Stretch),
        "query": urlencode({"stretch": stretch.value, **chosen}),
        "number_query": urlencode(chosen),
        "resolution": round(RESOLUTION * 100),
    }


PAGES = (
    Page(
        path="figures/",
        name="figures",
        view=figures_view,
        permission="webhooks.view_event",
        title="Figures",
        part_of="index",
    ),
)
