"""The pages of replays: all of them, a new one with its preview, and one with its progress."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Case, F, Q, When
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.http import HttpResponseRedirect as Redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from eventlog.history import note_replay
from eventlog.links import event_url, events_url
from eventlog.models import ReplayedEvent, ReplayJob
from eventlog.pages.filter_bar import window_inputs
from eventlog.pages.page import Page
from eventlog.pages.telling import tell
from eventlog.pages.typed_window import in_moments
from eventlog.questions.filters import EventFilter, query_string, read_filter, row_id, row_ids
from eventlog.questions.misread import Field, misread
from eventlog.questions.windows import Window
from eventlog.replay.choosing import assumption, name_for, of_events, of_filter, with_closed_window
from eventlog.replay.fates import Fate
from eventlog.replay.foreseeing import PAGE_SECONDS, foresee
from eventlog.replay.jobs import NothingToReplay, Request, TooManyEvents, carry_on, start
from eventlog.replay.outcomes import collect_outcomes
from eventlog.replay.progress import progress
from eventlog.replay.sealed import Unsealable, seal, unseal
from eventlog.replay.selection import Preview, Selection, preview
from eventlog.replay.verdict import verdict
from listeners.firestore import connection as firestore
from visn_whatsapp.untrusted import uuid
from webhooks import clock
from webhooks.models import new_id
from webhooks.task_queue import QueueUnavailable, connect

REPLAY = "webhooks.replay_event"
REPAIR = "eventlog.repair_chats"
# Who may go on with a job by looking at it.
GOES_ON: Mapping[str, str] = {ReplayJob.Kind.REPLAY: REPLAY, ReplayJob.Kind.REPAIR: REPAIR}
VIEW = "eventlog.view_replayjob"
# A page goes on with a job for so long, and answers then; the rest follows with the next request.
BUDGET = timedelta(seconds=2)
JOBS_SHOWN = 100
EVENTS_SHOWN = 50
FATES_SHOWN = 20
LISTED = {"list": Field(read=str, what="list")}  # that somebody came from
LONGEST_SHOWN = 20  # characters of what was named, and is no event's id


def jobs_view(request: HttpRequest) -> TemplateResponse:
    """Shows what was replayed, by whom and with what result; the newest first."""
    collect_outcomes(now=clock.now())
    jobs = ReplayJob.objects.all()[: JOBS_SHOWN + 1]
    context = {"jobs": jobs[:JOBS_SHOWN], "more": len(jobs) > JOBS_SHOWN}
    return TemplateResponse(request, "admin/replay/jobs.html", context)


def new_view(request: HttpRequest) -> HttpResponseBase:
    """Shows what a replay would do; posted with a job's id, starts it."""
    if request.method == "GET" and (address := in_moments(request)):
        return address
    now = clock.now()
    named = request.POST.getlist("event") or request.GET.getlist("event")
    ids = row_ids(named)
    asked = read_filter(request.GET)
    wanted = with_closed_window(asked, now=now)
    selection = of_events(ids) if named else of_filter(wanted, now=now)
    if request.method == "POST" and "job" in request.POST:
        return _start(request, selection)
    if named:
        known = [event for event in ids if event not in selection.unknown]
        back = event_url(known[0]) if len(known) == 1 else events_url("")
        response = preview_response(request, selection, ids=known, back=back)
        return _also(response, {"unknown": _unknown(named, selection)})
    tell(request, misread(request.GET, LISTED))
    listed = query_string(read_filter(QueryDict(request.GET.get("list", request.GET.urlencode()))))
    response = preview_response(request, selection, wanted=wanted, back=events_url(listed))
    return _also(response, {"listed": listed, "assumption": assumption(asked, now=now)})


def _also(response: TemplateResponse, shown: Mapping[str, object]) -> TemplateResponse:
    response.context_data = {**(response.context_data or {}), **shown}
    return response


def _unknown(named: Sequence[str], selection: Selection) -> list[str]:
    """What was named and is no event of the ledger, as it was named."""
    odd = [each[:LONGEST_SHOWN] for each in named if row_id(each) is None]
    return [*map(str, selection.unknown), *odd]


def preview_response(
    request: HttpRequest,
    selection: Selection,
    *,
    back: str,
    ids: Sequence[int] = (),
    wanted: EventFilter | None = None,
) -> TemplateResponse:
    """The page that asks for confirmation; `back` is where whoever thinks better of it came from.

    It carries the choice along: the ids of events, or a filter whose window is closed, so that
    what is confirmed is what was shown.
    """
    found = preview(selection, limit=settings.REPLAY_MAX_EVENTS)
    context: dict[str, Any] = {
        "preview": found,
        "selection": selection,
        "suggested_name": name_for(selection, wanted, now=clock.now()),
        "ids": ids,
        "back": back,
        "job_id": new_id(),
        **(_window_context(wanted) if wanted else {}),
    }
    if found.possible:
        context |= _foreseen(selection, found)
    return TemplateResponse(request, "admin/replay/new.html", context)


def _foreseen(selection: Selection, found: Preview) -> dict[str, Any]:
    """What the events would become: for people, and for the job that is begun."""
    foresight = foresee(selection, connect=firestore.connect, now=clock.now(), seconds=PAGE_SECONDS)
    groups = foresight.groups
    return {
        "foresight": foresight,
        "fates": groups[:FATES_SHOWN],
        "more_fates": max(len(groups) - FATES_SHOWN, 0),
        "same": foresight.changes_nothing(found.replayable),
        "foreseen": seal(foresight.fates),
    }


def _window_context(wanted: EventFilter) -> dict[str, Any]:
    """What it takes to choose the same in another window."""
    start, end = window_inputs(wanted.window)
    return {
        "wanted": wanted,
        "query": query_string(wanted),
        "kept": parse_qsl(query_string(replace(wanted, window=Window()))),
        "window_start": start,
        "window_end": end,
    }


def _start(request: HttpRequest, selection: Selection) -> Redirect:
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    job_id = job_id_of(request)
    name = request.POST.get("name", "").strip()[:100] or selection.words[:100]
    here, now = request.get_full_path(), clock.now()
    try:
        job = start(
            Request(
                job_id=job_id,
                name=name,
                selection=selection,
                asked_by=user,
                foreseen=_shown(request),
            ),
            now=now,
        )
    except NothingToReplay:
        messages.warning(request, "There is nothing left to replay.")
        return Redirect(here, status=HTTPStatus.SEE_OTHER)
    except TooManyEvents:
        messages.error(request, "There are too many events for one replay by now.")
        return Redirect(here, status=HTTPStatus.SEE_OTHER)
    return begun(request, job, user=user, now=now)


def _shown(request: HttpRequest) -> Mapping[int, Fate]:
    """What the form has shown; a form that was left open for too long is compared with nothing."""
    try:
        return unseal(request.POST.get("foreseen", ""))
    except Unsealable:
        return {}


def begun(request: HttpRequest, job: ReplayJob, *, user: User, now: datetime) -> Redirect:
    """Notes who began a job, opens its first events, and leads to its page."""
    if job.asked_at == now:  # otherwise the same form was posted again
        note_replay(user, job)
    if problem := _go_on(job):
        messages.warning(request, problem)
    return Redirect(reverse("admin:replay", args=[job.pk]), status=HTTPStatus.SEE_OTHER)


def job_view(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    """Shows a replay: how far it is, what came of it, and its events."""
    context = _job_context(request, _job(job_id))
    context["title"] = f"{context['job'].kind.capitalize()}: {context['job'].name}"
    return TemplateResponse(request, "admin/replay/job.html", context)


def progress_view(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    """Answers with the part of the page that changes; posted, goes on with the job first."""
    job = _job(job_id)
    problem = ""
    if request.method == "POST":
        if not request.user.has_perm(GOES_ON[job.kind]):
            raise PermissionDenied
        problem = _go_on(job)
    context = {**_job_context(request, job), "problem": problem}
    return TemplateResponse(request, "admin/replay/_progress.html", context)


def _go_on(job: ReplayJob) -> str:
    """Carries on for the budget. Returns what is in the way, in words."""
    try:
        carry_on(job, queue=connect(), clock=clock.now, until=clock.now() + BUDGET)
    except QueueUnavailable:
        return "The queue cannot be reached. The replay goes on by itself once it can."
    return ""


def _job(job_id: UUID) -> ReplayJob:
    job = ReplayJob.objects.filter(pk=job_id).first()
    if job is None:
        raise Http404
    return job


def _job_context(request: HttpRequest, job: ReplayJob) -> dict[str, Any]:
    if job.state != ReplayJob.State.FINISHED:
        collect_outcomes(now=clock.now())
        job.refresh_from_db()
    unchanged = Q(state_after=F("state_before"), reason_after=F("reason_before"))
    events = (
        ReplayedEvent.objects.filter(job=job)
        .select_related("event")
        .annotate(unchanged=Case(When(unchanged, then=True), default=False))
        .order_by(F("otherwise").desc(nulls_last=True), "unchanged", "pk")
    )
    return {
        "job": job,
        "progress": progress(job),
        "verdict": verdict(job),
        "events": events[:EVENTS_SHOWN],
        "more_events": max(job.event_count - EVENTS_SHOWN, 0),
        "may_replay": request.user.has_perm(GOES_ON[job.kind]),
    }


def job_id_of(request: HttpRequest) -> UUID:
    """The id that was made with the form. Raises Http404."""
    job_id = uuid(request.POST["job"])
    if job_id is None:
        raise Http404
    return job_id


PAGES = (
    Page(
        path="replays/",
        name="replays",
        view=jobs_view,
        permission=VIEW,
        title="Replays",
        in_menu=True,
    ),
    Page(path="replays/new/", name="replay-new", view=new_view, permission=REPLAY, title="Replay"),
    Page(
        path="replays/<uuid:job_id>/", name="replay", view=job_view, permission=VIEW, title="Replay"
    ),
    Page(
        path="replays/<uuid:job_id>/progress/",
        name="replay-progress",
        view=progress_view,
        permission=VIEW,
        title="Replay",
        part_of="replay",
    ),
)
