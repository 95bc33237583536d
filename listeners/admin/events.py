"""The list of events, and the page of each: the timeline of its message."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import select_template
from django.template.response import TemplateResponse
from django.utils import timezone

from listeners.admin.event_page import event_context
from listeners.admin.filter_bar import filter_bar
from listeners.admin.read_only import LogChangeList, ReadOnlyAdmin
from listeners.admin.site import site
from listeners.log.filters import matching, read_filter
from listeners.log.masking import MASKED
from listeners.replay.actions import replay_selected
from listeners.replay.pages import REPLAY
from webhooks.models import Event


class EventChangeList(LogChangeList):
    """The events that the address asks for."""

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """Leaves the reading of the address to `filters`."""
        return {}

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Event]:
        """The events of the filter, newest first."""
        wanted = read_filter(request.GET)
        return matching(wanted, now=timezone.localtime()).order_by("-pk")


@admin.register(Event, site=site)
class EventAdmin(ReadOnlyAdmin):
    """What came, and what became of it."""

    list_display = ("pk",)
    actions = (replay_selected,)

    def has_replay_permission(self, request: HttpRequest) -> bool:
        """Whether somebody may open events again."""
        return request.user.has_perm(REPLAY)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Names the list that reads the filters by itself."""
        return EventChangeList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Shows the list with its filters above."""
        bar = filter_bar(read_filter(request.GET))
        context = {
            "title": "Events",
            "bar": bar,
            "sight": MASKED,
            "list_tools": select_template(["admin/_list_tools.html", "admin/_nothing.html"]),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Shows the timeline of the event's message."""
        event = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, event):
            raise PermissionDenied
        if event is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "event_tools": select_template(["admin/_event_tools.html", "admin/_nothing.html"]),
            **event_context(request, event),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/webhooks/event/timeline.html", context)
