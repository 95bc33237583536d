"""How many requests were refused at the door, by day and cause."""

from django.contrib import admin

from listeners.admin.read_only import ReadOnlyAdmin
from listeners.admin.site import site
from webhooks.models import RefusalCount


@admin.register(RefusalCount, site=site)
class RefusalCountAdmin(ReadOnlyAdmin):
    """One row per day and cause; nothing else is kept of a refused request."""

    list_display = ("day", "cause", "count")
    list_display_links = None
    list_filter = ("cause",)
