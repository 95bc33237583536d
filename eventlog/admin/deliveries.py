"""What was handed in, and which answer it got."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from eventlog.admin.delivery_filters import ReceivedFilter, RepeatFilter, VerdictFilter
from eventlog.admin.read_only import PageAdmin
from eventlog.admin.site import site
from eventlog.links import link
from eventlog.pages.delivery import delivery_context
from eventlog.templatetags.event_log import amount, clock
from visn_whatsapp.explained import phrase_of
from webhooks.models import Delivery


@admin.register(Delivery, site=site)
class DeliveryAdmin(PageAdmin):
    """Each payload as it came in."""

    about = "Each payload as it came in, and whether it could be read."
    appears = "As soon as Meta or a gateway hands something in, it appears here."
    none_such = "No delivery is like that, or none came in this window."
    page_template = "admin/webhooks/delivery/page.html"
    list_display = ("received", "short_id", "source", "verdict_word", "items", "bytes", "first")
    list_display_links = None
    list_filter = (ReceivedFilter, RepeatFilter, VerdictFilter)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Leaves the bytes where they are."""
        return super().get_queryset(request).defer("body")

    @admin.display(description="received")
    def received(self, delivery: Delivery) -> SafeString | str:
        """When its last byte was here."""
        return clock(delivery.received_at)

    @admin.display(description="delivery")
    def short_id(self, delivery: Delivery) -> SafeString:
        """Leads to the delivery."""
        return link(delivery)

    @admin.display(description="verdict")
    def verdict_word(self, delivery: Delivery) -> str:
        """Whether it could be read, as the filter says it."""
        return capfirst(phrase_of(delivery.verdict))

    @admin.display(description="items")
    def items(self, delivery: Delivery) -> str | None:
        """How many items it has; a repeat has none of its own."""
        return None if delivery.repeat_of_id else amount(delivery.item_count)

    @admin.display(description="bytes")
    def bytes(self, delivery: Delivery) -> str:
        """The length of the body."""
        return amount(delivery.size)

    @admin.display(description="repeat of")
    def first(self, delivery: Delivery) -> SafeString | None:
        """Leads to the delivery that has the same bytes and the events."""
        return link(Delivery(pk=delivery.repeat_of_id)) if delivery.repeat_of_id else None

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """The delivery with its bytes and its events."""
        return delivery_context(request, row)
