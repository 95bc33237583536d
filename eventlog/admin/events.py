"""The list of events, and the page of each: the timeline of its message."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from eventlog.admin.actions import erase_selected, repair_selected, replay_selected
from eventlog.admin.read_only import LogChangeList, PageAdmin
from eventlog.admin.site import site
from eventlog.pages.erasures import PERMISSION as ERASE
from eventlog.pages.event import event_context
from eventlog.pages.filter_bar import filter_bar
from eventlog.pages.in_list import list_word
from eventlog.pages.replays import REPAIR, REPLAY
from eventlog.pages.typed_window import in_moments
from eventlog.questions.filters import matching, read_filter
from eventlog.questions.masking import MASKED
from eventlog.questions.windows import NEWEST_FIRST
from eventlog.replay.buttons import of_filter
from eventlog.saved_views.held import Held, held_of
from webhooks import clock
from webhooks.models import Event


class EventChangeList(LogChangeList):
    """The events that the address asks for."""

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """Leaves the reading of the address to `filters`."""
        return {}

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Event]:
        """The events of the filter, newest first."""
        wanted = read_filter(request.GET)
        now = clock.now() if wanted.span else timezone.now()
        return matching(wanted, now=now).order_by(*NEWEST_FIRST)


@admin.register(Event, site=site)
class EventAdmin(PageAdmin):
    """What came, and what became of it."""

    page_template = "admin/webhooks/event/timeline.html"
    list_display = ("pk",)
    actions = (replay_selected, repair_selected, erase_selected)

    def has_erase_permission(self, request: HttpRequest) -> bool:
        """Whether somebody may erase people."""
        return request.user.has_perm(ERASE)

    def has_replay_permission(self, request: HttpRequest) -> bool:
        """Whether somebody may open events again, and the list can hold some of these."""
        return request.user.has_perm(REPLAY) and of_filter(read_filter(request.GET))

    def has_repair_permission(self, request: HttpRequest) -> bool:
        """Whether somebody may bring back what Firestore has lost."""
        return request.user.has_perm(REPAIR)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Names the list that reads the filters by itself."""
        return EventChangeList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Shows the list with its filters above."""
        if request.method == "GET" and (address := in_moments(request)):
            return address
        wanted = read_filter(request.GET)
        context = {
            "title": "Events",
            "bar": filter_bar(wanted),
            "replayable": of_filter(wanted),
            "sight": MASKED,
            "list_word": list_word(request.GET),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    def held(self, request: HttpRequest) -> Held:
        """What a saved view holds of the filters. Raises NotHeld."""
        return held_of(read_filter(request.GET))

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """The timeline of the event's message."""
        return event_context(request, row)
