"""How many requests were refused at the door, by day and cause."""

from collections.abc import Mapping
from datetime import UTC, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from eventlog.admin.choice_filter import ChoiceFilter
from eventlog.admin.read_only import ReadOnlyAdmin
from eventlog.admin.site import site
from eventlog.templatetags.event_log import amount
from webhooks import clock
from webhooks.authentication import Cause
from webhooks.models import RefusalCount

WINDOWS = (7, 30)  # days
MEANINGS: Mapping[str, str] = {
    Cause.MISSING: "No signature came with the request.",
    Cause.MALFORMED: "What came as the signature is none.",
    Cause.MISMATCH: "Signed with another app secret than ours, or changed on the way.",
    Cause.UNCONFIGURED: "We have no app secret to check a signature with.",
}


class DaysFilter(ChoiceFilter):
    """By how long ago it was, in days of UTC, as they are counted."""

    title = "day"
    parameter_name = "days"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """A week and a month."""
        return [(str(days), f"{days} days") for days in WINDOWS]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[RefusalCount]
    ) -> QuerySet[RefusalCount]:
        """The days of the window, today among them."""
        days = self.value()
        if days is None:
            return queryset
        last = timedelta(days=int(days))
        return queryset.filter(day__gt=clock.now().astimezone(UTC).date() - last)


class CauseFilter(ChoiceFilter):
    """By why they were refused."""

    title = "cause"
    parameter_name = "cause"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All causes."""
        return [(cause.value, cause.value) for cause in Cause]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[RefusalCount]
    ) -> QuerySet[RefusalCount]:
        """The refusals for one cause, or all."""
        return queryset.filter(cause=self.value()) if self.value() else queryset


@admin.register(RefusalCount, site=site)
class RefusalCountAdmin(ReadOnlyAdmin):
    """One row per day and cause; nothing else is kept of a refused request."""

    about = "How many requests were turned away for their signature. Nothing else is kept of them."
    appears = "As soon as a request is refused, its day appears here. None has been so far."
    none_such = "No refusals in this window or for this cause: nothing was turned away."
    list_display = ("date", "why", "times")
    list_display_links = None
    list_filter = (DaysFilter, CauseFilter)

    @admin.display(description="day (UTC)")
    def date(self, refusals: RefusalCount) -> str:
        """The day as the other pages write it."""
        return f"{refusals.day:%d %b %Y}"

    @admin.display(description="cause")
    def why(self, refusals: RefusalCount) -> SafeString:
        """The cause, and what it means."""
        meaning = MEANINGS.get(refusals.cause, "")
        return format_html('{} <span class="second">{}</span>', refusals.cause, meaning)

    @admin.display(description="count")
    def times(self, refusals: RefusalCount) -> str:
        """How many there were."""
        return amount(refusals.count)
