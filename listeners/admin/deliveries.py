"""What was handed in, and which answer it got."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import select_template
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString

from listeners.admin.delivery_filters import ReceivedFilter, RepeatFilter, VerdictFilter
from listeners.admin.delivery_page import delivery_context
from listeners.admin.links import link
from listeners.admin.read_only import ReadOnlyAdmin
from listeners.admin.site import site
from listeners.templatetags.event_log import clock
from webhooks.models import Delivery


@admin.register(Delivery, site=site)
class DeliveryAdmin(ReadOnlyAdmin):
    """Each payload as it came in."""

    list_display = ("received", "short_id", "source", "verdict", "items", "bytes", "first")
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

    @admin.display(description="items")
    def items(self, delivery: Delivery) -> int | None:
        """How many items it has; a repeat has none of its own."""
        return None if delivery.repeat_of_id else delivery.item_count

    @admin.display(description="bytes")
    def bytes(self, delivery: Delivery) -> str:
        """The length of the body."""
        return f"{delivery.size:,}"

    @admin.display(description="repeat of")
    def first(self, delivery: Delivery) -> SafeString | None:
        """Leads to the delivery that has the same bytes and the events."""
        return link(Delivery(pk=delivery.repeat_of_id)) if delivery.repeat_of_id else None

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Shows the delivery with its bytes and its events."""
        delivery = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, delivery):
            raise PermissionDenied
        if delivery is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "delivery_tools": select_template(
                ["admin/_delivery_tools.html", "admin/_nothing.html"]
            ),
            **delivery_context(request, delivery),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/webhooks/delivery/page.html", context)
