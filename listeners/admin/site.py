"""The admin site: its addresses, its menu and its front page."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar, cast

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse

from listeners.admin.page import Page
from listeners.admin.pages import PAGES
from visn_whatsapp.logins import remember

# Models of the log in the order of the menu: before the pages of no model, and after them.
LEADING = ("Event",)
FOLLOWING = ("Delivery", "TaskRun", "Placement", "UnknownDelivery", "RefusalCount")
# The heading of a page that cannot be shown, and why.
NOT_FOUND = ("Nothing is here", "The address is wrong, or retention has deleted what it names.")
FORBIDDEN = ("This is not for you", "Your account lacks the right. An administrator can give it.")
LOG_APPS = ("webhooks", "listeners")

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class EventLogSite(AdminSite):
    """Django's admin with the log at its front."""

    site_header = "ViSN WhatsApp"
    site_title = "ViSN WhatsApp"
    index_title = "Event log"
    site_url = None
    empty_value_display = "\N{EN DASH}"

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Adds the pages that belong to no model."""
        own: list[URLResolver | URLPattern] = [
            path(page.path, self.admin_view(self._guarded(page)), name=page.name) for page in PAGES
        ]
        # Nothing here has a page on another site, and Django's way to it answers 500 to odd ids.
        usual = super().get_urls()
        return own + [each for each in usual if getattr(each, "name", "") != "view_on_site"]

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Answers on a page of the admin what Django would answer on a bare one."""

        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **captured: Any) -> HttpResponseBase:
            try:
                return view(request, *args, **captured)
            except Http404:
                return self._refusal(request, NOT_FOUND, status=HTTPStatus.NOT_FOUND)
            except PermissionDenied:
                return self._refusal(request, FORBIDDEN, status=HTTPStatus.FORBIDDEN)

        return cast(View, super().admin_view(answer, cacheable))

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Logs in, and knows the browser the next time."""
        response = super().login(request, extra_context)
        if request.method == "POST" and self.has_permission(request):
            remember(request, response)
        return response

    def _refusal(
        self, request: HttpRequest, words: tuple[str, str], *, status: HTTPStatus
    ) -> TemplateResponse:
        title, why = words
        context = {**self.each_context(request), "title": title, "why": why}
        return TemplateResponse(request, "admin/refusal.html", context, status=status)

    def _guarded(self, page: Page) -> Callable[..., HttpResponseBase]:
        def view(request: HttpRequest, **captured: Any) -> HttpResponseBase:
            if not page.is_for(request.user):
                raise PermissionDenied
            response = page.view(request, **captured)
            if isinstance(response, TemplateResponse):
                usual = {**self.each_context(request), "title": page.title, "page": page}
                response.context_data = {**usual, **(response.context_data or {})}
            return response

        return view

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """Puts the log into one group at the top of the menu."""
        apps = super().get_app_list(request, app_label)
        if app_label is not None:
            return apps
        models = {
            model["object_name"]: model
            for app in apps
            if app["app_label"] in LOG_APPS
            for model in app["models"]
        }
        leading = [models.pop(name) for name in LEADING if name in models]
        following = [models.pop(name) for name in FOLLOWING if name in models]
        log = [*leading, *_entries(request), *following, *models.values()]
        others = [app for app in apps if app["app_label"] not in LOG_APPS]
        return [_group(log), *others] if log else others


def _entries(request: HttpRequest) -> list[dict[str, Any]]:
    """Pages in the form in which Django lists models."""
    return [
        {
            "name": page.title,
            "object_name": page.name,
            "admin_url": reverse(f"admin:{page.name}"),
            "add_url": None,
            "view_only": True,
            "perms": {"view": True},
        }
        for page in PAGES
        if page.in_menu and page.is_for(request.user)
    ]


def _group(models: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": "Event log",
        "app_label": "log",
        "app_url": reverse("admin:index"),
        "has_module_perms": True,
        "models": models,
    }


site = EventLogSite()
