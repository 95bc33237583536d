"""The page on which somebody chooses for themselves: their time zone."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.http import HttpResponseRedirect as Redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from eventlog.admin.carrying import is_ours
from eventlog.models import Preferences
from eventlog.pages.page import Page
from eventlog.zones.names import names, own_zone, zone_named
from webhooks import clock


def settings_view(request: HttpRequest) -> HttpResponseBase:
    """Shows the choices; posted, keeps one and leads back to where it was made."""
    typed = request.POST.get("zone", "").strip()
    if request.method == "POST" and zone_named(typed) is not None:
        return _keep(request, typed)
    context = {
        "zone": str(own_zone()),
        "zones": names(),
        "typed": typed or str(own_zone()),
        "refused": request.method == "POST",
        "now": clock.now(),
    }
    return TemplateResponse(request, "admin/own_settings.html", context)


def _keep(request: HttpRequest, zone: str) -> Redirect:
    if not isinstance(request.user, User):
        raise PermissionDenied
    Preferences.objects.bulk_create(
        [Preferences(user=request.user, time_zone=zone)],
        update_conflicts=True,  # somebody who has chosen before, or sends this twice
        unique_fields=["user"],
        update_fields=["time_zone"],
    )
    messages.success(request, f"From now on your times are {zone}.")
    back = request.POST.get("back", "")
    here = reverse("admin:own-settings")
    return Redirect(back if is_ours(back) else here, status=HTTPStatus.SEE_OTHER)


PAGES = (
    Page(
        path="settings/",
        name="own-settings",
        view=settings_view,
        permission="",
        title="Your settings",
    ),
)
