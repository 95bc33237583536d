"""The admin site: its addresses, its menu and its front page."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar, cast

from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.views.decorators.cache import never_cache

from eventlog.admin.carrying import FIELD, Carried, is_ours
from eventlog.admin.interruptions import Interruption
from eventlog.admin.pages import PAGES
from eventlog.admin.proxied import is_proxied, sign_out_url
from eventlog.pages import figures
from eventlog.pages.page import PART_HEADER, Page
from eventlog.pages.telling import tell
from eventlog.questions.filters import row_ids
from eventlog.questions.misread import left_out
from visn_whatsapp.browser.logins import remember

# Models of the log in the order of the menu: before the pages of no model, and after them.
LEADING = ("Event",)
FOLLOWING = (
    "Delivery",
    "TaskRun",
    "Placement",
    "Alias",
    "UnknownDelivery",
    "RestoreWindow",
    "UnreadableTask",
    "DriftCount",
    "RefusalCount",
)
LOG_APPS = ("webhooks", "listeners", "eventlog")

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class EventLogSite(AdminSite):
    """Django's admin with the log at its front."""

    site_header = "ViSN WhatsApp"
    site_title = "ViSN WhatsApp"
    index_title = "Event log"
    site_url = None
    logout_template = "admin/logged_out.html"
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
        """Answers on a page of the admin what Django would answer on a bare one.

        Who is not logged in and sends a form is asked to log in, and goes on with it.
        """

        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **captured: Any) -> HttpResponseBase:
            try:
                _refuse_what_no_page_sends(request)
                response = view(request, *args, **captured)
            except (Http404, PermissionDenied, BadRequest, SuspiciousOperation) as refused:
                return self._refusal(request, _why(refused))
            if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
                refusal = self._refusal(request, Interruption.NOT_BY_LINK)
                refusal.headers["Allow"] = response.headers["Allow"]
                return refusal
            return response

        usual = super().admin_view(answer, cacheable)

        @wraps(view)
        def ask(request: HttpRequest, *args: Any, **captured: Any) -> HttpResponseBase:
            # Who leaves need not come back, and a script has nobody who could log in.
            goes_on = request.path != reverse("admin:logout") and not _is_for_a_part(request)
            if request.method == "POST" and goes_on and not self.has_permission(request):
                return self._login_first(request, Carried.of(request).packed)
            return usual(request, *args, **captured)

        return cast(View, never_cache(ask))

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The front page."""
        tell(request, left_out(request.GET, figures.FIELDS))
        return super().index(request, extra_context)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Logs in, knows the browser the next time, and goes on with what was sent before."""
        packed = request.POST.get(FIELD, "")
        response = super().login(request, {**(extra_context or {}), FIELD: packed})
        if request.method != "POST" or response.status_code != HTTPStatus.FOUND:
            return response
        if carried := Carried.unpack(packed):
            response = self._carry_on(request, carried, Interruption.EXPIRED)
        elif not is_ours(response.headers["Location"]):
            response = HttpResponseRedirect(reverse("admin:index"))
        remember(request, response)
        return response

    def logout(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Logs out, and says where the proxy forgets somebody: it would log them in again."""
        elsewhere = sign_out_url() if is_proxied(request) else ""
        return super().logout(request, {**(extra_context or {}), "elsewhere": elsewhere})

    def form_refused(self, request: HttpRequest) -> HttpResponseBase:
        """Answers a form without the token of its session; one of our own may be sent again."""
        ours = request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
        if not ours or _is_for_a_part(request):
            return self._refusal(request, Interruption.FROM_ELSEWHERE)
        logging_in = request.path == reverse("admin:login")
        if not self.has_permission(request):
            packed = request.POST.get(FIELD, "") if logging_in else Carried.of(request).packed
            return self._login_first(request, packed)
        if logging_in:
            return HttpResponseRedirect(reverse("admin:index"))
        return self._carry_on(request, Carried.of(request), Interruption.STALE)

    def _login_first(self, request: HttpRequest, packed: str) -> TemplateResponse:
        """The login page, with what was sent in it."""
        context = {
            **self.each_context(request),
            "title": "Log in",
            "subtitle": None,
            "app_path": reverse("admin:login"),
            "form": AdminAuthenticationForm(request),
            "interrupted": True,
            REDIRECT_FIELD_NAME: request.POST.get(REDIRECT_FIELD_NAME, request.get_full_path()),
            FIELD: packed,
        }
        return TemplateResponse(request, "admin/login.html", context)

    def _carry_on(
        self, request: HttpRequest, carried: Carried, why: Interruption
    ) -> TemplateResponse:
        context = {**self.each_context(request), "title": why.value.title, "why": why.value.why}
        context["carried"] = carried
        return TemplateResponse(request, "admin/carry_on.html", context, status=why.value.status)

    def _refusal(self, request: HttpRequest, interruption: Interruption) -> TemplateResponse:
        words = interruption.value
        context = {**self.each_context(request), "title": words.title, "why": words.why}
        return TemplateResponse(request, "admin/refusal.html", context, status=words.status)

    def _guarded(self, page: Page) -> Callable[..., HttpResponseBase]:
        def view(request: HttpRequest, **captured: Any) -> HttpResponseBase:
            if not page.is_for(request.user):
                raise PermissionDenied
            alone = page.part_of and not _is_for_a_part(request)
            if alone and request.method != "POST":
                return _whole(request, page, captured)
            response = page.view(request, **captured)
            if alone:
                return _whole(request, page, captured)
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


def _refuse_what_no_page_sends(request: HttpRequest) -> None:
    """Raises BadRequest for a NUL, which is in no text of PostgreSQL, and for a row that is none.

    Django would look for either and answer 500.
    """
    given = [*request.GET.lists(), *request.POST.lists()]
    if any("\0" in word for name, values in given for word in (name, *values)):
        raise BadRequest("a NUL")
    chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
    if len(row_ids(chosen)) < len(chosen):
        raise BadRequest("no id of a row")


def _is_for_a_part(request: HttpRequest) -> bool:
    """Whether a page asks for a part of itself, so that nobody sees a whole page in answer."""
    return PART_HEADER in request.headers


def _whole(request: HttpRequest, page: Page, captured: dict[str, Any]) -> HttpResponseBase:
    """Leads to the page that a part belongs to, with the query of the address."""
    query = request.META.get("QUERY_STRING", "")
    whole = reverse(f"admin:{page.part_of}", kwargs=captured)
    address = f"{whole}?{query}" if query else whole
    return HttpResponseRedirect(address, status=HTTPStatus.SEE_OTHER)


def _why(refused: Exception) -> Interruption:
    if isinstance(refused, Http404):
        return Interruption.NOT_FOUND
    if isinstance(refused, PermissionDenied):
        return Interruption.FORBIDDEN
    return Interruption.NOT_UNDERSTOOD


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
