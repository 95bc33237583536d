"""Every attempt of every task."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from eventlog.admin.choice_filter import ChoiceFilter
from eventlog.admin.log_list import LogChangeList
from eventlog.admin.read_only import ReadOnlyAdmin
from eventlog.admin.site import site
from eventlog.links import event_url, isolated, link
from eventlog.questions.wording import RUN_WORDS, reason_word
from eventlog.templatetags.event_log import amount, clock, run_chip
from listeners.models import TaskRun
from webhooks.models import Delivery

EVENTS_AT_MOST = 100  # of each reason; a run may have a thousand


class ResultFilter(ChoiceFilter):
    """By what the run came to."""

    title = "result"
    parameter_name = "result__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Each result in a word."""
        return list(RUN_WORDS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[TaskRun]) -> QuerySet[TaskRun]:
        """The runs of one result, or all."""
        return queryset.filter(result=self.value()) if self.value() else queryset


class RunList(LogChangeList):
    """The runs as they were written down, which is nearly the order in which they began."""

    @property
    def has_moments(self) -> bool:
        """It can be opened at the moment at which a run began."""
        return True

    def cut_at(self, moment: datetime) -> tuple[Q, Q]:
        """By the run that began last by then; its index finds it."""
        begun = TaskRun.objects.filter(started_at__lte=moment).order_by("-started_at", "-pk")
        last = begun.values_list("pk", flat=True).first() or 0
        return Q(pk__gt=last), Q(pk__lte=last)


@admin.register(TaskRun, site=site)
class TaskRunAdmin(ReadOnlyAdmin):
    """What each attempt found to do and what it came to."""

    about = "Each attempt of a task, and how many events it brought to which end."
    appears = "As soon as the queue sends a task, its run appears here."
    none_such = "No run came to that."
    list_display = ("started", "attempt", "came_to", "summary", "problem", "delivery_link")
    list_filter = (ResultFilter,)
    fields = (
        "delivery_link",
        "task",
        "attempt",
        "started",
        "finished",
        "came_to",
        "problem",
        "events",
    )
    readonly_fields = fields

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Names the list that can be opened at a moment."""
        return RunList

    @admin.display(description="started")
    def started(self, run: TaskRun) -> SafeString | str:
        """When it began."""
        return clock(run.started_at)

    @admin.display(description="finished")
    def finished(self, run: TaskRun) -> SafeString | str:
        """When it ended."""
        return clock(run.finished_at)

    @admin.display(description="result")
    def came_to(self, run: TaskRun) -> SafeString:
        """Whether it is done, or has to be tried again."""
        return run_chip(run)

    @admin.display(description="attempt")
    def attempt(self, run: TaskRun) -> int:
        """Counts from 1, as people do."""
        return run.retry_count + 1

    @admin.display(description="outcomes")
    def summary(self, run: TaskRun) -> str:
        """How many events ended this run with which reason."""
        counts = (
            (amount(len(ids)), reason_word(reason)) for reason, ids in sorted(run.outcomes.items())
        )
        return ", ".join(f"{count} {word.lower()}" for count, word in counts)

    @admin.display(description="events")
    def events(self, run: TaskRun) -> SafeString:
        """The events that ended this run, by reason."""
        lines = (
            (reason_word(reason), _links(ids[:EVENTS_AT_MOST]))
            for reason, ids in sorted(run.outcomes.items())
        )
        return format_html_join("", "<div>{}: {}</div>", lines)

    @admin.display(description="error")
    def problem(self, run: TaskRun) -> SafeString:
        """What kept events from being applied."""
        return isolated(run.error)

    @admin.display(description="task")
    def task(self, run: TaskRun) -> SafeString:
        """The task's name, as whoever called says."""
        return isolated(run.task_name)

    @admin.display(description="delivery")
    def delivery_link(self, run: TaskRun) -> SafeString:
        """Leads to the delivery, without reading it."""
        return link(Delivery(pk=run.delivery_id))


def _links(event_ids: list[int]) -> SafeString:
    return format_html_join(
        ", ", "{}", ((format_html('<a href="{}">{}</a>', event_url(pk), pk),) for pk in event_ids)
    )
