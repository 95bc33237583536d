"""Saved views above a list, and saving what it shows.

The form is sent to the list's own address, which holds the filters: what is kept is what the list
has read of them, and who may not see the list saves nothing of it.
"""

from collections.abc import Callable
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from eventlog.questions.filters import row_id
from eventlog.saved_views.held import Held, NotHeld
from eventlog.saved_views.keeping import (
    GONE,
    ViewRefused,
    group_to_share_with,
    overwrite,
    save,
    views_to_change,
)
from eventlog.saved_views.lists import List
from eventlog.saved_views.shown import saved_views
from webhooks import clock

SAVE = "save_view"  # the name of the buttons, and what each does
NEW, REPLACE = "new", "replace"


def with_saved_views(
    request: HttpRequest, response: TemplateResponse, page: List, held: Callable[[], Held]
) -> HttpResponse:
    """The list with its views above; posted, keeps one and leads back to the list.

    `held` raises NotHeld where the filters are none that can be saved.
    """
    user, refused, found, not_held = request.user, "", None, ""
    if not isinstance(user, User):
        return response
    try:
        found = held()
    except NotHeld as error:
        not_held = str(error)
    if SAVE in request.POST:
        try:
            words = _keep(request, user, page, found)
        except ViewRefused as error:
            refused = str(error)
        else:
            messages.success(request, words)
            return HttpResponseRedirect(request.get_full_path(), status=HTTPStatus.SEE_OTHER)
    response.context_data = {
        **(response.context_data or {}),
        "views": saved_views(user, page, found, not_held=not_held),
        "view_refused": refused,
        "view_name": request.POST.get("view_name", ""),
    }
    return response


def _keep(request: HttpRequest, user: User, page: List, held: Held | None) -> str:
    """Keeps what the list shows and says so. Raises ViewRefused."""
    if held is None:
        raise ViewRefused("Nothing was saved.")  # why stands in the form's place
    if request.POST[SAVE] == REPLACE:
        key = row_id(request.POST.get("view", "")) or 0
        view = views_to_change(user).filter(page=page, pk=key).first()
        if view is None:
            raise ViewRefused(GONE)
        overwrite(view, held, now=clock.now())
        return f"“{view.name}” shows this from now on."
    group = group_to_share_with(user, row_id(request.POST.get("view_group", "")))
    name = request.POST.get("view_name", "")
    view = save(held, owner=user, page=page, name=name, group=group, now=clock.now())
    return f"Saved as “{view.name}”."
