"""Tasks that nobody could read, their bytes, and who has seen to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from eventlog.admin.read_only import PageAdmin
from eventlog.admin.site import site
from eventlog.admin.standing import StandingAdmin
from eventlog.links import isolated, named, unreadable_url
from eventlog.pages.reveal import Subject, veil
from eventlog.questions.shown_bytes import shown_bytes
from eventlog.templatetags.event_log import amount
from listeners.models import UnreadableTask
from listeners.unreadable.keeping import close


@admin.register(UnreadableTask, site=site)
class UnreadableTaskAdmin(StandingAdmin, PageAdmin):
    """What the queue brought and nobody understood."""

    about = "Tasks that the queue brought and nobody could read, with their bytes."
    none_such = "None stands so."
    appears = "None has come: every task could be read."
    page_template = "admin/listeners/unreadabletask/page.html"
    list_display = ("first_seen", "bytes_digest", "standing", "bytes", "times", "last_seen")
    list_display_links = None

    def close(
        self, keys: Sequence[int], *, by_name: str, now: datetime
    ) -> Sequence[UnreadableTask]:
        """Closes those that somebody has seen to."""
        return close(keys, by_name=by_name, now=now)

    def get_queryset(self, request: HttpRequest) -> QuerySet[UnreadableTask]:
        """Leaves the bytes where they are."""
        return super().get_queryset(request).defer("body")

    @admin.display(description="SHA-256")
    def bytes_digest(self, row: UnreadableTask) -> SafeString:
        """Leads to the bytes, by the beginning of their digest."""
        url, words = unreadable_url(row.pk), row.digest[:8]
        return format_html('<a href="{}">{}</a>', url, isolated(words))

    @admin.display(description="bytes")
    def bytes(self, row: UnreadableTask) -> str:
        """How many there are."""
        return amount(row.size)

    def standing_words(self, row: UnreadableTask) -> str:
        """Whether somebody has to see to it."""
        return f"Closed by {row.closed_by_name}" if row.closed_at else "Open"

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """The task with its bytes, masked until they are revealed."""
        shown_to = veil(request, Subject.TASK, row)
        return {
            "title": named(row),
            "row": row,
            "standing": self.standing_words(row),
            "size": f"{amount(row.size)} byte{'' if row.size == 1 else 's'}",
            "bytes": shown_bytes(bytes(row.body), revealed=shown_to.sight.revealed),
            "veil": shown_to,
            "sight": shown_to.sight,
        }
