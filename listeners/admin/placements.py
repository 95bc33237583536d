"""Which chat each text was given to."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from listeners.admin.links import link
from listeners.admin.read_only import ReadOnlyAdmin
from listeners.admin.site import site
from listeners.log.masking import MASKED
from listeners.models import Placement


@admin.register(Placement, site=site)
class PlacementAdmin(ReadOnlyAdmin):
    """The chat of each text message, chosen once and for all."""

    list_display = ("message", "lease_id", "enquiry_id", "event_link", "applied_at")
    list_select_related = ("event",)
    fields = ("message", "phone_number_id", "lease_id", "enquiry_id", "event_link", "applied_at")
    readonly_fields = fields

    @admin.display(description="message")
    def message(self, placement: Placement) -> str:
        """The message by its fingerprint."""
        return MASKED.message_id(placement.message_id)

    @admin.display(description="event that took it")
    def event_link(self, placement: Placement) -> SafeString:
        """Leads to the event."""
        return format_html("{}", link(placement.event))
