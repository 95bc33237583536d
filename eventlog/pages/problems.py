"""The pages of problems: all of them, one with its history, and what people do with it."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from eventlog.links import EVENT_LIST
from eventlog.models import Problem
from eventlog.pages.page import Page
from eventlog.problems.charts import Reach, chart, counts
from eventlog.problems.handling import By, acknowledge, ignore, note_down, resolve
from eventlog.problems.listing import Shown, line, listed, standing
from eventlog.questions.filters import row_id
from eventlog.signs.rules import rules
from visn_whatsapp.explained import Labelled
from webhooks import clock

VIEW = "eventlog.view_problem"
HANDLE = "eventlog.handle_problem"
CHANGES_SHOWN = 50
NOTE_LENGTH = 2000


class Rest(Labelled):
    """For how long a problem can be ignored."""

    length: timedelta

    HOUR = "1h", "1 hour", timedelta(hours=1)
    SHIFT = "8h", "8 hours", timedelta(hours=8)
    DAY = "1d", "1 day", timedelta(days=1)
    WEEK = "7d", "7 days", timedelta(days=7)
    MONTH = "30d", "30 days", timedelta(days=30)

    def __init__(self, word: str, label: str, length: timedelta) -> None:
        super().__init__(word, label)
        self.length = length


def attention_view(request: HttpRequest) -> TemplateResponse:
    """Answers with the part of the front page that says what needs attention."""
    return TemplateResponse(request, "admin/figures/_attention.html", attention_context())


def attention_context() -> dict[str, Any]:
    """What the front page says first."""
    return {"standing": standing(now=clock.now())}


def list_view(request: HttpRequest) -> TemplateResponse:
    """Shows what is not resolved, or what the address asks for."""
    shown = Shown.known(request.GET.get("show", "")) or Shown.UNRESOLVED
    lines, more = listed(shown)
    now = clock.now()
    context = {"lines": lines, "more": more, "shown": shown, "choices": list(Shown), "now": now}
    context["standing"] = standing(now=now)
    return TemplateResponse(request, "admin/problems/list.html", context)


def problem_view(request: HttpRequest, key: str) -> TemplateResponse:
    """Shows one problem."""
    row = Problem.objects.filter(pk=row_id(key) or 0).first()
    if row is None:
        raise Http404
    now = clock.now()
    reach = Reach.known(request.GET.get("reach", "")) or Reach.DAY
    shown = line(row)
    context = {
        "title": f"Problem {row.pk}",
        "line": shown,
        "row": row,
        "rule": rules()[shown.kind],
        "chart": chart(row, reach, now=now),
        "counts": counts(row, now=now),
        "reach": reach,
        "reaches": list(Reach),
        "rests": list(Rest),
        "changes": row.changes.all()[:CHANGES_SHOWN],
        "now": now,
        "replay_query": row.query if row.page == EVENT_LIST else "",
        "may_handle": request.user.has_perm(HANDLE),
    }
    return TemplateResponse(request, "admin/problems/problem.html", context)


def _acknowledge(_: HttpRequest, key: int, by: By) -> Problem | None:
    return acknowledge(key, by=by)


def _resolve(_: HttpRequest, key: int, by: By) -> Problem | None:
    return resolve(key, by=by)


def _ignore(request: HttpRequest, key: int, by: By) -> Problem | None:
    rest = Rest.known(request.POST.get("rest", "")) or Rest.HOUR
    return ignore(key, until=by.now + rest.length, by=by)


def _note(request: HttpRequest, key: int, by: By) -> Problem | None:
    return note_down(key, request.POST.get("note", "").strip()[:NOTE_LENGTH], by=by)


# By the button that was pressed, and what the page says then.
ACTIONS: Mapping[str, tuple[Callable[[HttpRequest, int, By], Problem | None], str]] = {
    "acknowledge": (_acknowledge, "It is yours now."),
    "resolve": (_resolve, "Resolved. It opens again as soon as it is seen again."),
    "ignore": (_ignore, "Nobody hears of it until then."),
    "note": (_note, "The note is kept."),
}


@require_POST
def handle_view(request: HttpRequest, key: str) -> HttpResponseBase:
    """Does what the button says and leads back to the problem."""
    known = ACTIONS.get(request.POST.get("do", ""))
    if not isinstance(request.user, User):
        raise PermissionDenied
    if known is None:
        raise Http404
    act, words = known
    if act(request, row_id(key) or 0, By(user=request.user, now=clock.now())) is None:
        raise Http404
    messages.success(request, words)
    return HttpResponseRedirect(reverse("admin:problem", args=[key]), status=HTTPStatus.SEE_OTHER)


PAGES = (
    Page(
        path="problems/",
        name="problems",
        view=list_view,
        permission=VIEW,
        title="Problems",
        in_menu=True,
    ),
    Page(
        path="problems/<str:key>/",
        name="problem",
        view=problem_view,
        permission=VIEW,
        title="Problem",
    ),
    Page(
        path="problems/<str:key>/handle/",
        name="handle-problem",
        view=handle_view,
        permission=HANDLE,
        title="Problem",
    ),
    Page(
        path="attention/",
        name="attention",
        view=attention_view,
        permission=VIEW,
        title="Needs attention",
        part_of="index",
    ),
)
