"""Where payloads departed from what Meta documents, and records from whom Meta names: by path."""

import re
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from eventlog.admin.choice_filter import ChoiceFilter
from eventlog.admin.read_only import ReadOnlyAdmin
from eventlog.admin.site import site
from eventlog.drift.found import looked_over_up_to, with_bytes
from eventlog.links import link, short
from eventlog.models import DriftCount
from eventlog.templatetags.event_log import amount, clock
from webhooks.models import Delivery
from webhooks.whatsapp.drift.shapes import Departure


class DepartureFilter(ChoiceFilter):
    """In what the payloads depart."""

    title = "departure"
    parameter_name = "departure"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All, in words."""
        return [(departure.value, departure.phrase.capitalize()) for departure in Departure]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The chosen one, or all."""
        return queryset.filter(departure=self.value()) if self.value() else queryset


@admin.register(DriftCount, site=site)
class DriftCountAdmin(ReadOnlyAdmin):
    """One row for each path and shape, the newest first."""

    none_such = "Nothing departed so: of this kind, all was as Meta documents it."
    appears = "All that came in was as Meta documents it."
    list_display = ("where", "times", "first_seen", "last_seen", "last_delivery")
    list_display_links = None
    list_filter = (DepartureFilter,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[DriftCount]:
        """Tells as well which deliveries can still be looked at."""
        return with_bytes().order_by("-pk")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Says as well how far everything has been looked over, and what the words mean."""
        more = {"looked_over_up_to": looked_over_up_to(), "departures": list(Departure)}
        return super().changelist_view(request, more | (extra_context or {}))

    @admin.display(description="where, and what there was")
    def where(self, row: DriftCount) -> SafeString:
        """The path from the whole payload down, and what stands there."""
        departure = row.departure.replace("_", " ")
        steps = format_html_join(mark_safe("<wbr>"), "{}", ((step,) for step in steps_of(row.path)))
        words = format_html('<span class="second">{}: {}</span>', departure.capitalize(), row.shape)
        return format_html("<code>{}</code> {}", steps, words)

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


def steps_of(path: str) -> list[str]:
    """The parts of a path, before each of which a line may break."""
    return re.findall(r"\.?[^.]+", path)
