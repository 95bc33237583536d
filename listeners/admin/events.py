"""The list of events: what came, and what became of it."""

from django.contrib import admin
from django.utils.safestring import SafeString

from listeners.admin.links import link
from listeners.admin.read_only import ReadOnlyAdmin
from listeners.admin.site import site
from listeners.log.masking import MASKED
from webhooks.models import Delivery, Event


@admin.register(Event, site=site)
class EventAdmin(ReadOnlyAdmin):
    """One row per item of a delivery."""

    list_display = ("received_at", "kind", "name", "person", "lease_number", "state", "reason")
    list_filter = ("state", "reason", "kind")
    fields = (
        "kind",
        "name",
        "person",
        "lease_number",
        "state",
        "reason",
        "detail",
        "received_at",
        "queued_at",
        "started_at",
        "settled_at",
        "check_at",
        "waits",
        "rounds",
        "lease_id",
        "enquiry_id",
        "delivery_link",
    )
    readonly_fields = fields

    @admin.display(description="driver")
    def person(self, event: Event) -> str:
        """The driver, masked."""
        return MASKED.number(event.person_number) or MASKED.user_id(event.person_user_id)

    @admin.display(description="delivery")
    def delivery_link(self, event: Event) -> SafeString:
        """Leads to the delivery."""
        return link(Delivery(pk=event.delivery_id))
