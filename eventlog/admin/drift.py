"""Where payloads departed from what Meta documents: by path and shape, without a value."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from eventlog.admin.read_only import ReadOnlyAdmin
from eventlog.admin.site import site
from eventlog.drift.found import looked_over_up_to, with_bytes
from eventlog.links import link, short
from eventlog.models import DriftCount
from eventlog.templatetags.event_log import amount, clock
from webhooks.models import Delivery
from webhooks.whatsapp.drift.shapes import Departure


class DepartureFilter(SimpleListFilter):
    """In what the payloads depart."""

    title = "departure"
    parameter_name = "departure"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All, in words."""
        return [(departure.value, departure.phrase.capitalize()) for departure in Departure]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The chosen one, or all."""
        chosen = Departure.known(self.value() or "")
        return queryset.filter(departure=chosen.value) if chosen else queryset


@admin.register(DriftCount, site=site)
class DriftCountAdmin(ReadOnlyAdmin):
    """One row for each path and shape, the newest first."""

    appears = "All that came in was as Meta documents it."
    list_display = ("where", "what", "shape", "times", "first_seen", "last_seen", "last_delivery")
    list_display_links = None
    list_filter = (DepartureFilter,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[DriftCount]:
        """Tells as well which deliveries can still be looked at."""
        return with_bytes().order_by("-pk")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Says as well how far everything has been looked over."""
        up_to = {"looked_over_up_to": looked_over_up_to()}
        return super().changelist_view(request, up_to | (extra_context or {}))

    @admin.display(description="path")
    def where(self, row: DriftCount) -> SafeString:
        """From the whole payload down; it may be broken wherever something begins."""
        return format_html("<code>{}</code>", row.path)

    @admin.display(description="departure")
    def what(self, row: DriftCount) -> SafeString:
        """In a word, and what it means."""
        known = Departure.known(row.departure)
        word, meaning = (known.phrase, known.meaning) if known else (row.departure, "")
        return format_html('{} <span class="second">{}</span>', word, meaning)

    @admin.display(description="count")
    def times(self, row: DriftCount) -> str:
        """How many places of payloads it was in."""
        return amount(row.count)

    @admin.display(description="first seen")
    def first_seen(self, row: DriftCount) -> SafeString | str:
        """When the first delivery with it was received."""
        return clock(row.first_at)

    @admin.display(description="last seen")
    def last_seen(self, row: DriftCount) -> SafeString | str:
        """When the last was."""
        return clock(row.last_at)

    @admin.display(description="last delivery")
    def last_delivery(self, row: DriftCount) -> SafeString:
        """Leads to it, or says that its bytes have been deleted."""
        if getattr(row, "has_bytes", False):
            return link(Delivery(pk=row.delivery_id))
        words = short(row.delivery_id)
        return format_html('{} <span class="second">Its bytes are deleted.</span>', words)
