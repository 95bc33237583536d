"""How many requests were refused at the door, by day and cause."""

from collections.abc import Mapping

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from eventlog.admin.read_only import ReadOnlyAdmin
from eventlog.admin.site import site
from eventlog.templatetags.event_log import amount
from webhooks.authentication import Cause
from webhooks.models import RefusalCount

MEANINGS: Mapping[str, str] = {
    Cause.MISSING: "No signature came with the request.",
    Cause.MALFORMED: "What came as the signature is none.",
    Cause.MISMATCH: "Signed with another app secret than ours, or changed on the way.",
    Cause.UNCONFIGURED: "We have no app secret to check a signature with.",
}


@admin.register(RefusalCount, site=site)
class RefusalCountAdmin(ReadOnlyAdmin):
    """One row per day and cause; nothing else is kept of a refused request."""

    appears = "As soon as a request is refused, its day appears here. None has been so far."
    list_display = ("date", "why", "times")
    list_display_links = None
    list_filter = ("cause",)

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
