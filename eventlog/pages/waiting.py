"""The waiting list, which keeps itself up to date."""

from typing import Any

from django.http import HttpRequest
from django.template.response import TemplateResponse

from eventlog.pages.page import Page
from eventlog.questions.masking import MASKED
from eventlog.questions.pending import waiting_list
from webhooks import clock


def waiting_view(request: HttpRequest) -> TemplateResponse:
    """Shows the list as it is now."""
    return TemplateResponse(request, "admin/waiting.html", _context())


def waiting_rows_view(request: HttpRequest) -> TemplateResponse:
    """Answers with the part of the page that changes."""
    return TemplateResponse(request, "admin/_waiting_rows.html", _context())


def _context() -> dict[str, Any]:
    now = clock.now()
    waiting, more = waiting_list(now=now)
    return {"waiting": waiting, "more": more, "now": now, "sight": MASKED}


PAGES = (
    Page(
        path="waiting/",
        name="waiting",
        view=waiting_view,
        permission="webhooks.view_event",
        title="Waiting list",
        in_menu=True,
    ),
    Page(
        path="waiting/rows/",
        name="waiting-rows",
        view=waiting_rows_view,
        permission="webhooks.view_event",
        title="Waiting list",
        part_of="waiting",
    ),
)
