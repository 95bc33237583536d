"""The list of events, and the page of each: the timeline of its message."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict

from eventlog.admin.actions import erase_selected, repair_selected, replay_selected
from eventlog.admin.log_list import LogChangeList
from eventlog.admin.read_only import PageAdmin
from eventlog.admin.site import site
from eventlog.pages.erasures import PERMISSION as ERASE
from eventlog.pages.event import event_context
from eventlog.pages.filter_bar import filter_bar
from eventlog.pages.in_list import list_word
from eventlog.pages.new_events import news_query
from eventlog.pages.replays import REPAIR, REPLAY
from eventlog.pages.typed_window import in_moments
from eventlog.questions.filters import query_string, read_filter
from eventlog.questions.listing import Hits, Listing, listing
from eventlog.questions.masking import MASKED
from eventlog.questions.misread import misread
from eventlog.questions.newest import LOOKED_THROUGH
from eventlog.questions.windows import NEWEST_FIRST
from eventlog.replay.buttons import of_filter
from eventlog.saved_views.held import Held, held_of
from webhooks import clock
from webhooks.models import Event


class EventChangeList(LogChangeList):
    """The events that the address asks for."""

    listing: Listing
    hits: Hits
    news_query = ""  # of the part that tells what has come since; empty where nothing can have
    looked_through = LOOKED_THROUGH

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """Leaves the reading of the address to `filters`."""
        return {}

    def misread(self, query: QueryDict) -> Iterator[str]:
        """What `filters` leaves out of the address."""
        return misread(query, self.places)

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Event]:
        """The events of the filter, newest first."""
        wanted, now = read_filter(request.GET), clock.now()
        self.listing = listing(wanted, now=now)
        return self.listing.events.order_by(*NEWEST_FIRST)

    def read(self, cut: Q, *, limit: int, backwards: bool) -> list[Event]:
        """The events of a page, as a listing reads them."""
        return self.listing.page(cut, limit=limit, backwards=backwards)

    def get_results(self, request: HttpRequest) -> None:
        """Counts as well, where there are more than on the page."""
        super().get_results(request)
        alone = not (self.newer_query or self.older_query)
        self.hits = Hits(count=self.result_count) if alone else self.listing.hits()
        if not self.newer_query:
            newest = self._name(self.result_list[0]) if self.result_list else ""
            self.news_query = news_query(self.listing, newest=newest)

    @property
    def further_query(self) -> str:
        """The query of the list that begins where this one was looked through to."""
        wanted, now = self.listing.wanted, self.listing.now
        window = replace(wanted.window_at(now), end=self.listing.since)
        return query_string(replace(wanted.at_any_time(), window=window))


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

    def held(self, request: HttpRequest, changelist: ChangeList) -> Held:
        """What a saved view holds of the filters. Raises NotHeld."""
        return held_of(read_filter(request.GET))

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """The timeline of the event's message."""
        return event_context(request, row)
