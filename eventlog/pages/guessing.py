"""How often somebody who may not reveal may look for the end of a number: too seldom to guess one.

Counted are the lines of the history that note it, so all processes count together, and whoever sees
who saw what sees who guesses.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest

from eventlog.pages.noting import note

SEARCHED = "Searched by the end of a number."
# Six digits of which three are shown take five hundred tries on average.
AT_MOST: Mapping[timedelta, int] = {timedelta(hours=1): 40, timedelta(days=1): 120}


def closed_until(request: HttpRequest, *, now: datetime) -> datetime | None:
    """Notes a search, or says from when on there may be one again; such a one is not counted.

    Raises PermissionDenied for somebody who is not logged in.
    """
    if request.user.pk is None:
        raise PermissionDenied
    with transaction.atomic():
        # Of several at once the second counts the first.
        User.objects.select_for_update(no_key=True).get(pk=request.user.pk)
        until = max(filter(None, _ends(request.user.pk, now=now)), default=None)
        if until is None:
            note(request, None, SEARCHED, at=now)
    return until


def _ends(user: int, *, now: datetime) -> list[datetime | None]:
    """For each limit that is reached, when the oldest of its searches is too long ago to count."""
    noted = LogEntry.objects.filter(user=user, change_message=SEARCHED).order_by("-action_time")
    found: list[datetime | None] = []
    for within, at_most in AT_MOST.items():
        moments = noted.filter(action_time__gt=now - within).values_list("action_time", flat=True)
        oldest = next(iter(moments[at_most - 1 : at_most]), None)
        found.append(oldest + within if oldest else None)
    return found
