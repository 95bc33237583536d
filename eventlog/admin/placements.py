"""Which chat each text was given to."""

from django.contrib import admin
from django.utils.safestring import SafeString

from eventlog.admin.read_only import ReadOnlyAdmin
from eventlog.admin.site import site
from eventlog.links import isolated, link
from eventlog.questions.masking import MASKED
from eventlog.templatetags.event_log import clock, message_id
from listeners.models import Placement


@admin.register(Placement, site=site)
class PlacementAdmin(ReadOnlyAdmin):
    """The chat of each text message, chosen once and for all."""

    about = "The chat that each text was given to, once and for all."
    appears = "As soon as a text is given to a chat, it appears here."
    list_display = ("message", "company", "enquiry", "event_link", "applied")
    list_select_related = ("event",)
    fields = ("message", "number", "company", "enquiry", "event_link", "applied")
    readonly_fields = fields

    @admin.display(description="message")
    def message(self, placement: Placement) -> SafeString | str:
        """The message by its fingerprint."""
        return message_id(placement.message_id, MASKED)

    @admin.display(description="lease number")
    def number(self, placement: Placement) -> SafeString:
        """The lease number, in the smallest of its spellings."""
        return isolated(placement.lease_number)

    @admin.display(description="lease company")
    def company(self, placement: Placement) -> SafeString:
        """The lease company's id."""
        return isolated(placement.lease_id)

    @admin.display(description="enquiry")
    def enquiry(self, placement: Placement) -> SafeString:
        """The enquiry's id."""
        return isolated(placement.enquiry_id)

    @admin.display(description="applied at")
    def applied(self, placement: Placement) -> SafeString | str:
        """When the message was known to exist."""
        return clock(placement.applied_at)

    @admin.display(description="event that took it")
    def event_link(self, placement: Placement) -> SafeString:
        """Leads to the event."""
        return link(placement.event)
