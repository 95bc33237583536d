"""The time zone of whoever asks, in which all of their request is answered."""

from collections.abc import Callable
from datetime import UTC, tzinfo

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from eventlog.models import Preferences
from eventlog.zones.names import zone_named


class OwnTimeMiddleware:
    """Lets a request be in the zone that its user has chosen; without a choice in UTC."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answers as the rest of the project does. What is streamed afterwards is not in it."""
        with timezone.override(_zone_of(request.user)):
            return self._get_response(request)


def _zone_of(user: User | AnonymousUser) -> tzinfo:
    """Reads the choice once: templates find it with the user."""
    if not isinstance(user, User):
        return UTC
    try:
        return zone_named(user.preferences.time_zone) or UTC
    except Preferences.DoesNotExist:
        return UTC
