"""What was handed in, and which answer it got."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from listeners.admin.links import link
from listeners.admin.read_only import ReadOnlyAdmin
from listeners.admin.site import site
from webhooks.models import Delivery


@admin.register(Delivery, site=site)
class DeliveryAdmin(ReadOnlyAdmin):
    """Each payload as it came in."""

    list_display = ("received_at", "short_id", "source", "verdict", "item_count", "size", "first")
    list_filter = ("source", "verdict")
    fields = ("id", "received_at", "source", "verdict", "digest", "size", "item_count", "first")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Leaves the bytes where they are."""
        return super().get_queryset(request).defer("body")

    @admin.display(description="delivery")
    def short_id(self, delivery: Delivery) -> SafeString:
        """Leads to the delivery."""
        return link(delivery)

    @admin.display(description="repeat of")
    def first(self, delivery: Delivery) -> SafeString | None:
        """Leads to the delivery that has the same bytes and the events."""
        return link(Delivery(pk=delivery.repeat_of_id)) if delivery.repeat_of_id else None
