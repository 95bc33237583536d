"""Rows that somebody has to see to: whether they are open, since when, and closing them by hand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_permission_codename
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from eventlog.admin.choice_filter import ChoiceFilter
from eventlog.admin.read_only import ReadOnlyAdmin
from eventlog.templatetags.event_log import amount, clock, icon
from webhooks.clock import now

STANDING = {"open": "Open", "closed": "Closed"}


class StandingFilter(ChoiceFilter):
    """Whether somebody has to see to it yet."""

    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Both in a word."""
        return list(STANDING.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The open ones, the closed ones, or all."""
        value = self.value()
        return queryset.filter(closed_at__isnull=value == "open") if value else queryset


class StandingAdmin(ReadOnlyAdmin):
    """Rows that are seen once or often, and stay open until somebody has seen to them."""

    list_filter = (StandingFilter,)
    actions = ("close_selected",)
    closed_by = "pk"  # the field by whose values `close` takes them

    def close(self, keys: Sequence[Any], *, by_name: str, now: datetime) -> Sequence[Model]:
        """Closes rows and returns those that were open until now."""
        raise NotImplementedError

    def has_close_permission(self, request: HttpRequest) -> bool:
        """Whether somebody may say that it has been seen to."""
        codename = get_permission_codename("close", self.opts)
        return request.user.has_perm(f"{self.opts.app_label}.{codename}")

    @admin.action(description="Close: somebody has seen to the selected", permissions=["close"])
    def close_selected(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        """Closes them, and keeps in the history of each who did."""
        if not isinstance(request.user, User):
            raise PermissionDenied
        keys = list(rows.values_list(self.closed_by, flat=True))
        closed = self.close(keys, by_name=request.user.get_username(), now=now())
        LogEntry.objects.log_actions(
            user_id=request.user.pk,
            queryset=closed,
            action_flag=CHANGE,
            change_message="Closed by hand: somebody has seen to it",
        )
        messages.success(request, _said(len(closed)))

    @admin.display(description="standing")
    def standing(self, row: Any) -> SafeString | str:
        """Whether somebody has to see to it: then it has a colour."""
        words = self.standing_words(row)
        if row.closed_at is not None:
            return words
        return format_html('<span class="chip chip-skipped">{}{}</span>', icon("waiting"), words)

    def standing_words(self, row: Any) -> str:
        """The same in words alone."""
        raise NotImplementedError

    @admin.display(description="first seen")
    def first_seen(self, row: Any) -> SafeString | str:
        """When it was first seen."""
        return clock(row.first_seen_at)

    @admin.display(description="last seen")
    def last_seen(self, row: Any) -> SafeString | str:
        """When it was last seen."""
        return clock(row.last_seen_at)

    @admin.display(description="times")
    def times(self, row: Any) -> str:
        """How often it was seen."""
        return amount(row.seen)


def _said(count: int) -> str:
    if count == 1:
        return "One is closed."
    return f"{amount(count)} are closed." if count else "Nothing was open any more."
