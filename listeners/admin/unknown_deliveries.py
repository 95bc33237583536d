"""Deliveries that tasks name and the ledger has not, and who has seen to them."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from listeners.admin.links import isolated
from listeners.admin.read_only import ReadOnlyAdmin
from listeners.admin.site import site
from listeners.admin.standing import StandingFilter, closer, note_closed
from listeners.models import UnknownDelivery
from listeners.restores.unknown import close, close_returned
from listeners.templatetags.event_log import clock
from webhooks.clock import now

CLOSE = "listeners.close_unknowndelivery"


@admin.action(description="Close: somebody has seen to the selected", permissions=["close"])
def close_selected(
    _: "UnknownDeliveryAdmin", request: HttpRequest, rows: QuerySet[UnknownDelivery]
) -> None:
    """Closes them, and keeps in the history of each who did."""
    deliveries = list(rows.values_list("delivery", flat=True))
    closed = close(deliveries, by_name=closer(request), now=now())
    note_closed(request, closed)
    messages.success(request, f"Closed: {len(closed)}.")


@admin.register(UnknownDelivery, site=site)
class UnknownDeliveryAdmin(ReadOnlyAdmin):
    """What the queue remembers and the ledger does not."""

    appears = "None is missing: every delivery that a task has named is in the ledger."
    list_display = ("first_seen", "named_delivery", "short_digest", "seen", "last_seen", "standing")
    list_filter = (StandingFilter,)
    fields = (
        "named_delivery",
        "bytes_digest",
        "first_seen",
        "last_seen",
        "seen",
        "looks",
        "standing",
        "closed",
    )
    readonly_fields = fields
    actions = (close_selected,)

    def has_close_permission(self, request: HttpRequest) -> bool:
        """Whether somebody may say that it has been seen to."""
        return request.user.has_perm(CLOSE)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Shows the list once what has come again is closed."""
        close_returned(now=now())
        return super().changelist_view(request, extra_context)

    @admin.display(description="first named")
    def first_seen(self, row: UnknownDelivery) -> SafeString | str:
        """When a task first named it."""
        return clock(row.first_seen_at)

    @admin.display(description="last named")
    def last_seen(self, row: UnknownDelivery) -> SafeString | str:
        """When a task last named it."""
        return clock(row.last_seen_at)

    @admin.display(description="delivery")
    def named_delivery(self, row: UnknownDelivery) -> SafeString:
        """Its id, whole: there is no page to lead to."""
        return isolated(str(row.delivery))

    @admin.display(description="SHA-256")
    def short_digest(self, row: UnknownDelivery) -> SafeString | str:
        """The beginning of the digest; its page has the rest."""
        return isolated(f"{row.digest[:12]}…") if row.digest else "not known"

    @admin.display(description="SHA-256 of its bytes")
    def bytes_digest(self, row: UnknownDelivery) -> SafeString | str:
        """By which the bytes are known if they come again."""
        return isolated(row.digest) if row.digest else "not known: an older release made the task"

    @admin.display(description="standing")
    def standing(self, row: UnknownDelivery) -> str:
        """Whether somebody has to see to it, and if not, why."""
        if row.closed_at is None:
            return "Open: what it held may be lost"
        if row.closing == UnknownDelivery.Closing.RETURNED:
            return UnknownDelivery.Closing.RETURNED.label
        return f"Closed by {row.closed_by_name or 'a command'}"

    @admin.display(description="closed")
    def closed(self, row: UnknownDelivery) -> SafeString | str:
        """When that was."""
        return clock(row.closed_at)
