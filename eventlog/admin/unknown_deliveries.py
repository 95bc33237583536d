"""Deliveries that tasks name and the ledger has not, and who has seen to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from eventlog.admin.site import site
from eventlog.admin.standing import StandingAdmin
from eventlog.links import isolated, short
from eventlog.templatetags.event_log import clock
from listeners.models import UnknownDelivery
from listeners.restores.unknown import close, close_returned
from webhooks.clock import now


@admin.register(UnknownDelivery, site=site)
class UnknownDeliveryAdmin(StandingAdmin):
    """What the queue remembers and the ledger does not."""

    about = "What a task named and the ledger has not: it may be lost, and somebody looks for it."
    none_such = "None stands so."
    appears = "None is missing: every delivery that a task has named is in the ledger."
    list_display = ("first_seen", "standing", "short_delivery", "times", "last_seen")
    fields = (
        "named_delivery",
        "bytes_digest",
        "first_seen",
        "last_seen",
        "times",
        "looks",
        "standing",
        "closed",
    )
    readonly_fields = fields
    closed_by = "delivery"

    def close(
        self, keys: Sequence[UUID], *, by_name: str, now: datetime
    ) -> Sequence[UnknownDelivery]:
        """Closes those that somebody has seen to."""
        return close(keys, by_name=by_name, now=now)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Shows the list once what has come again is closed."""
        close_returned(now=now())
        return super().changelist_view(request, extra_context)

    @admin.display(description="delivery")
    def short_delivery(self, row: UnknownDelivery) -> SafeString:
        """What every list calls a delivery."""
        return isolated(short(row.delivery))

    @admin.display(description="delivery")
    def named_delivery(self, row: UnknownDelivery) -> SafeString:
        """Its whole id."""
        return isolated(str(row.delivery))

    @admin.display(description="SHA-256 of its bytes")
    def bytes_digest(self, row: UnknownDelivery) -> SafeString | str:
        """By which the bytes are known if they come again."""
        return isolated(row.digest) if row.digest else "not known: an older release made the task"

    def standing_words(self, row: UnknownDelivery) -> str:
        """Whether somebody has to see to it, and if not, why."""
        if row.closed_at is None:
            return "Open: what it held may be lost"
        if row.closing == UnknownDelivery.Closing.RETURNED:
            return "Closed: its bytes are in the ledger again"
        return f"Closed by {row.closed_by_name or 'a command'}"

    @admin.display(description="closed")
    def closed(self, row: UnknownDelivery) -> SafeString | str:
        """When that was."""
        return clock(row.closed_at)
