"""Rows that somebody has to see to: whether they are open, and closing them by hand."""

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest

STANDING = {"open": "Open", "closed": "Closed"}


class StandingFilter(SimpleListFilter):
    """Whether somebody has to see to it yet."""

    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Both in a word."""
        return list(STANDING.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The open ones, the closed ones, or all."""
        if self.value() not in STANDING:
            return queryset
        return queryset.filter(closed_at__isnull=self.value() == "open")


def closer(request: HttpRequest) -> str:
    """Returns the name of whoever closes something."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user.get_username()


def note_closed(request: HttpRequest, rows: list[Any]) -> None:
    """Keeps in the history of each row who closed it."""
    LogEntry.objects.log_actions(
        user_id=request.user.pk or 0,
        queryset=rows,
        action_flag=CHANGE,
        change_message="Closed by hand: somebody has seen to it",
    )
