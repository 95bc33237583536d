"""Every attempt of every task."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from listeners.admin.links import link
from listeners.admin.read_only import ReadOnlyAdmin
from listeners.admin.site import site
from listeners.models import TaskRun
from webhooks.models import Delivery


@admin.register(TaskRun, site=site)
class TaskRunAdmin(ReadOnlyAdmin):
    """What each attempt found to do and what it came to."""

    list_display = ("started_at", "attempt", "result", "summary", "error", "delivery_link")
    list_filter = ("result",)
    fields = (
        "delivery_link",
        "task_name",
        "attempt",
        "started_at",
        "finished_at",
        "result",
        "error",
        "outcomes",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[TaskRun]:
        """Reads no bodies with the deliveries: nothing of them is shown but the id."""
        return super().get_queryset(request)

    @admin.display(description="attempt")
    def attempt(self, run: TaskRun) -> int:
        """Counts from 1, as people do."""
        return run.retry_count + 1

    @admin.display(description="outcomes")
    def summary(self, run: TaskRun) -> str:
        """How many events ended this run with which reason."""
        return ", ".join(f"{len(ids)} {reason}" for reason, ids in sorted(run.outcomes.items()))

    @admin.display(description="delivery")
    def delivery_link(self, run: TaskRun) -> SafeString:
        """Leads to the delivery, without reading it."""
        return link(Delivery(pk=run.delivery_id))
