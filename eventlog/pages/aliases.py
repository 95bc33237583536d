"""Undoing aliases, in one click, with a trace."""

from collections.abc import Sequence
from http import HTTPStatus

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from eventlog.links import event_url
from eventlog.pages.page import Page
from eventlog.questions.filters import row_id
from webhooks import clock
from webhooks.alias import Alias, undo
from webhooks.models import Event

PERMISSION = "webhooks.undo_alias"
TRACE = "Undone by hand: the two names are two people's"


def undo_view(request: HttpRequest, key: str) -> HttpResponseBase:
    """Undoes an alias and leads back to the event where somebody saw it; as a link does."""
    alias = Alias.objects.filter(pk=row_id(key) or 0).first()
    if alias is None:
        raise Http404
    if request.method == "POST":
        undo_all(request, [alias.pk])
    event = Event.objects.filter(pk=row_id(request.POST.get("event", "")) or 0).first()
    page = reverse("admin:webhooks_alias_change", args=[alias.pk])
    return HttpResponseRedirect(event_url(event.pk) if event else page, status=HTTPStatus.SEE_OTHER)


def undo_all(request: HttpRequest, keys: Sequence[int]) -> None:
    """Undoes aliases, keeps in the history of each who did, and says how many counted."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    undone = undo(keys, by_name=request.user.get_username(), now=clock.now())
    LogEntry.objects.log_actions(
        user_id=request.user.pk,
        queryset=undone,
        action_flag=CHANGE,
        change_message=TRACE,
    )
    messages.success(request, _said(len(undone)))


def _said(count: int) -> str:
    if count == 1:
        return "The alias is undone: the two names are two people’s."
    return f"{count:,} aliases are undone." if count else "Nothing counted any more."


PAGES = (
    Page(
        path="aliases/<str:key>/undo/",
        name="undo_alias",
        view=undo_view,
        permission=PERMISSION,
        title="Undo an alias",
    ),
)
