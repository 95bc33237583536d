"""Since when the ledger or Firestore lacks something."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from eventlog.admin.read_only import ReadOnlyAdmin
from eventlog.admin.site import site
from eventlog.templatetags.event_log import clock
from listeners.models import RestoreWindow


@admin.register(RestoreWindow, site=site)
class RestoreWindowAdmin(ReadOnlyAdmin):
    """Each restore that somebody told of, and whether its window is open."""

    about = "Since when the ledger or Firestore lacks something, as somebody has told."
    appears = "As soon as somebody tells of a restore, it appears here."
    list_display = ("number", "what_happened", "from_then", "to_then", "opened", "closed", "repair")
    readonly_fields = list_display

    def get_list_display(self, request: HttpRequest) -> Any:
        """Leaves the way to a repair out for who may not go it."""
        may_repair = request.user.has_perm("eventlog.repair_chats")
        return [name for name in self.list_display if may_repair or name != "repair"]

    def get_fields(self, request: HttpRequest, obj: RestoreWindow | None = None) -> Any:
        """The same of one window."""
        return self.get_list_display(request)

    @admin.display(description="window")
    def number(self, window: RestoreWindow) -> int:
        """By which commands name it."""
        return window.pk

    @admin.display(description="what happened")
    def what_happened(self, window: RestoreWindow) -> str:
        """What was set back."""
        return str(window.get_what_display())

    @admin.display(description="went back to")
    def from_then(self, window: RestoreWindow) -> SafeString | str:
        """The moment that was gone back to."""
        return clock(window.since)

    @admin.display(description="texts written before")
    def to_then(self, window: RestoreWindow) -> SafeString | str:
        """Which texts are looked for, or may be lacking."""
        return clock(window.until) if window.until else "all, until it is closed"

    @admin.display(description="repair")
    def repair(self, window: RestoreWindow) -> SafeString | str:
        """Leads to what Firestore may lack of it."""
        if window.since is None:
            return ""
        url = reverse("admin:repair-new")
        return format_html('<a href="{}?window={}">See what is missing</a>', url, window.pk)

    @admin.display(description="opened")
    def opened(self, window: RestoreWindow) -> SafeString | str:
        """When somebody told of it."""
        return clock(window.opened_at)

    @admin.display(description="closed")
    def closed(self, window: RestoreWindow) -> SafeString | str:
        """When somebody closed it."""
        return clock(window.closed_at) if window.closed_at else "open"
