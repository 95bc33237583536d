"""The page of channels: whether each takes what is to be told, and a button that tries it."""

from http import HTTPStatus

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from eventlog.channels.outbox import ask_for_test
from eventlog.models import Channel
from eventlog.pages.page import Page
from eventlog.pages.problems import HANDLE, VIEW
from eventlog.questions.filters import row_id
from webhooks import clock


def list_view(request: HttpRequest) -> TemplateResponse:
    """Shows them, and how much waits for each."""
    waiting = Count("notifications", filter=Q(notifications__sent_at=None))
    context = {
        "channels": Channel.objects.annotate(waiting=waiting),
        "may_handle": request.user.has_perm(HANDLE),
    }
    return TemplateResponse(request, "admin/problems/channels.html", context)


@require_POST
def test_view(request: HttpRequest, key: str) -> HttpResponseBase:
    """Has the next round send a test."""
    channel = Channel.objects.filter(pk=row_id(key) or 0, is_configured=True).first()
    if channel is None:
        raise Http404
    ask_for_test(channel, now=clock.now())
    messages.success(request, "A test is sent with the next round, within a minute.")
    return HttpResponseRedirect(reverse("admin:channels"), status=HTTPStatus.SEE_OTHER)


PAGES = (
    Page(
        path="channels/",
        name="channels",
        view=list_view,
        permission=VIEW,
        title="Channels",
        in_menu=True,
    ),
    Page(
        path="channels/<str:key>/test/",
        name="test-channel",
        view=test_view,
        permission=HANDLE,
        title="Channels",
    ),
)
