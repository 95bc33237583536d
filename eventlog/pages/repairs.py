"""The page that shows what a repair would bring back, and begins it."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.http import HttpResponseRedirect as Redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from eventlog.links import event_url, events_url
from eventlog.models import ReplayJob
from eventlog.pages.page import Page
from eventlog.pages.replays import REPAIR, begun, job_id_of
from eventlog.questions.filters import row_id, row_ids
from eventlog.replay import losses
from eventlog.replay.jobs import NothingToReplay, Request, start
from eventlog.replay.losses import Lost
from eventlog.replay.repairs import REPAIRED, RepairPreview, preview
from eventlog.replay.selection import Selection
from listeners.firestore import connection as firestore_connection
from listeners.firestore.errors import Unavailable
from listeners.models import RestoreWindow
from webhooks import clock
from webhooks.models import Event, new_id

NAMED_AT_MOST = 50


def repair_view(request: HttpRequest) -> HttpResponseBase:
    """Shows what a repair would do; posted with a job's id, begins what was shown."""
    if request.method == "POST" and "job" in request.POST:
        return _start(request)
    return repair_response(request, _lost(request))


def repair_response(request: HttpRequest, lost: Lost) -> TemplateResponse:
    """The page that asks for confirmation. It carries the events along that would be repaired."""
    context: dict[str, Any] = {"lost": lost, "job_id": new_id(), "back": events_url("")}
    try:
        found = preview(lost, store=firestore_connection.connect())
    except Unavailable:
        return TemplateResponse(
            request,
            "admin/replay/repair.html",
            context,
            status=HTTPStatus.SERVICE_UNAVAILABLE,
        )
    return TemplateResponse(request, "admin/replay/repair.html", context | _shown(found))


def _shown(found: RepairPreview) -> dict[str, Any]:
    rows = [
        {"remedy": remedy, "count": count, "repaired": remedy in REPAIRED}
        for remedy, count in found.counts.most_common()
    ]
    return {
        "preview": found,
        "rows": sorted(rows, key=lambda row: not row["repaired"]),
        "unread": found.unread.most_common(NAMED_AT_MOST),
        "unread_total": found.unread.total(),
        "named": [
            (event_url(event), event, remedy) for event, remedy in found.named[:NAMED_AT_MOST]
        ],
        "more_named": max(len(found.named) - NAMED_AT_MOST, 0),
    }


def _lost(request: HttpRequest) -> Lost:
    ids = row_ids(request.GET.getlist("event"))
    if ids:
        return losses.of_events(ids)
    number = row_id(request.GET.get("window", ""))
    window = None if number is None else RestoreWindow.objects.filter(pk=number).first()
    if window is None or window.since is None:
        raise Http404
    return losses.of_window(window)


def _start(request: HttpRequest) -> Redirect:
    """Begins with those of the events shown that still lack something."""
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    given = row_ids(request.POST.getlist("event"))
    words = request.POST.get("words", "")[:400] or "events picked by hand"
    name = request.POST.get("name", "").strip()[:100] or f"Repair of {words}"[:100]
    now = clock.now()
    wanted = Request(
        job_id=job_id_of(request),
        name=name,
        selection=Selection(events=Event.objects.filter(pk__in=_lacking(given)), words=words),
        asked_by=user,
        kind=ReplayJob.Kind.REPAIR,
    )
    try:
        return begun(request, start(wanted, now=now), user=user, now=now)
    except NothingToReplay:
        messages.warning(request, "There is nothing left to repair, or Firestore does not answer.")
        return Redirect(reverse("admin:replays"), status=HTTPStatus.SEE_OTHER)


def _lacking(events: Sequence[int]) -> list[int]:
    """What Firestore lacks now: somebody may have repaired some since they were shown.

    None where it does not answer.
    """
    try:
        return preview(losses.of_events(events), store=firestore_connection.connect()).events
    except Unavailable:
        return []


PAGES = (
    Page(
        path="repairs/new/",
        name="repair-new",
        view=repair_view,
        permission=REPAIR,
        title="Repair",
    ),
)
