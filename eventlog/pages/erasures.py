"""The pages of erasures: all of them, a new one with its preview, and one with its progress."""

from datetime import timedelta
from http import HTTPStatus
from io import StringIO
from uuid import UUID

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.http import HttpResponseRedirect as Redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from eventlog.erasing import tombstones
from eventlog.erasing.erasures import Request, carry_on, start
from eventlog.erasing.preview import Preview, preview
from eventlog.history import note_erasure
from eventlog.models import Erasure
from eventlog.pages.noting import note
from eventlog.pages.page import Page
from eventlog.pages.reveal import Subject, veil
from eventlog.people.names import person_of
from eventlog.questions.filters import row_id
from visn_whatsapp.untrusted import uuid
from webhooks import clock
from webhooks.models import Event, new_id
from webhooks.whatsapp.items import Person

PERMISSION = "eventlog.erase_person"
# A page goes on with an erasure for so long, and answers then; the rest is catch_up's.
BUDGET = timedelta(seconds=5)
SHOWN_AT_MOST = 100
LISTED = "Downloaded the list of the documents of the event's person, to erase them."


def erasures_view(request: HttpRequest) -> HttpResponseBase:
    """Shows who erased when, and nobody who was erased; posted, hands out the tombstones."""
    if request.method == "POST":
        return _tombstones()
    rows = Erasure.objects.all()[: SHOWN_AT_MOST + 1]
    context = {"erasures": rows[:SHOWN_AT_MOST], "more": len(rows) > SHOWN_AT_MOST}
    return TemplateResponse(request, "admin/erasures/all.html", context)


def new_view(request: HttpRequest) -> HttpResponseBase:
    """Shows what would be erased; posted with an id, erases; with `documents`, lists them."""
    given = request.POST if request.method == "POST" else request.GET
    if before := _asked_before(request):
        return Redirect(_url(before), status=HTTPStatus.SEE_OTHER)
    event = Event.objects.filter(pk=row_id(given.get("event", "")) or 0).first()
    if event is None or person_of(event) == Person():
        raise Http404
    found = preview(person_of(event))
    if request.method == "POST" and "documents" in request.POST:
        return _documents(request, event, found)
    if request.method == "POST" and "erasure" in request.POST:
        return _start(request, event, found)
    shown_to = veil(request, Subject.EVENT, event)
    context = {
        "event": event,
        "preview": found,
        "erasure_id": new_id(),
        "sight": shown_to.sight,
    }
    return TemplateResponse(request, "admin/erasures/new.html", context)


def erasure_view(request: HttpRequest, erasure_id: UUID) -> HttpResponseBase:
    """Shows how far an erasure is; posted, goes on with it first."""
    erasure = Erasure.objects.filter(pk=erasure_id).first()
    if erasure is None:
        raise Http404
    if request.method == "POST":
        _go_on(erasure)
        return Redirect(_url(erasure), status=HTTPStatus.SEE_OTHER)
    return TemplateResponse(request, "admin/erasures/one.html", {"erasure": erasure})


def _asked_before(request: HttpRequest) -> Erasure | None:
    """The erasure of a form that was posted already: its event names nobody any more."""
    erasure_id = uuid(request.POST.get("erasure", ""))
    return Erasure.objects.filter(pk=erasure_id).first() if erasure_id else None


def _start(request: HttpRequest, event: Event, found: Preview) -> Redirect:
    erasure_id, user = uuid(request.POST["erasure"]), _user(request)
    if erasure_id is None:
        raise Http404
    now = clock.now()
    wanted = Request(
        erasure=erasure_id,
        people=list(found.people),
        asked_by=user,
        asked_by_name=user.get_username(),
    )
    erasure = start(wanted, now=now)
    if erasure.asked_at == now:  # otherwise the same form was posted again
        note_erasure(user, erasure, f"Erased the person of event {event.pk}.")
    _go_on(erasure)
    return Redirect(_url(erasure), status=HTTPStatus.SEE_OTHER)


def _go_on(erasure: Erasure) -> None:
    for _ in carry_on(erasure, clock=clock.now, until=clock.now() + BUDGET):
        pass


def _documents(request: HttpRequest, event: Event, found: Preview) -> HttpResponse:
    note(request, event, LISTED, at=clock.now())
    lines = "".join(f"{document.path}\n" for document in sorted(found.documents))
    return _file(lines, name="documents.txt")


def _tombstones() -> HttpResponse:
    file, now = StringIO(), clock.now()
    tombstones.export(file, now=now)
    return _file(file.getvalue(), name=f"tombstones-{now:%Y-%m-%d-%H%M%S}.jsonl")


def _file(words: str, *, name: str) -> HttpResponse:
    return HttpResponse(
        words,
        content_type="text/plain; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def _url(erasure: Erasure) -> str:
    return reverse("admin:erasure", args=[erasure.pk])


PAGES = (
    Page(
        path="erasures/",
        name="erasures",
        view=erasures_view,
        permission=PERMISSION,
        title="Erasures",
        in_menu=True,
    ),
    Page(
        path="erasures/new/",
        name="erasure-new",
        view=new_view,
        permission=PERMISSION,
        title="Erase a person",
    ),
    Page(
        path="erasures/<uuid:erasure_id>/",
        name="erasure",
        view=erasure_view,
        permission=PERMISSION,
        title="Erasure",
    ),
)
