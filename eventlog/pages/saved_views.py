"""The page of saved views: each can be renamed, shared with others, and deleted."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from eventlog.pages.page import Page
from eventlog.questions.filters import row_id
from eventlog.saved_views.keeping import (
    GONE,
    ViewRefused,
    change,
    group_to_share_with,
    groups_to_share_with,
    views_to_change,
)
from eventlog.saved_views.shown import lines


def saved_views_view(request: HttpRequest) -> HttpResponseBase:
    """Shows what somebody may change; posted, does what the button says and leads back."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    if request.method == "POST":
        _handle(request, request.user)
        return HttpResponseRedirect(reverse("admin:saved-views"), status=HTTPStatus.SEE_OTHER)
    context = {
        "lines": lines(views_to_change(request.user), user=request.user),
        "groups": list(groups_to_share_with(request.user)),
    }
    return TemplateResponse(request, "admin/saved_views.html", context)


def _handle(request: HttpRequest, user: User) -> None:
    view = views_to_change(user).filter(pk=row_id(request.POST.get("view", "")) or 0).first()
    if view is None:
        messages.error(request, GONE)
    elif request.POST.get("do") == "delete":
        view.delete()
        messages.success(request, f"“{view.name}” is deleted.")
    else:
        kept = view.group if request.POST.get("group") == str(view.group_id) else None
        try:
            group = kept or group_to_share_with(user, row_id(request.POST.get("group", "")))
            change(view, name=request.POST.get("name", ""), group=group)
        except ViewRefused as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"“{view.name}” is changed.")


PAGES = (
    Page(
        path="saved-views/",
        name="saved-views",
        view=saved_views_view,
        permission="webhooks.view_event",
        title="Saved views",
    ),
)
