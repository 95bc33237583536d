"""Notes in the admin's history who saw or took what, so that it can be told afterwards."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from eventlog.history import note_deed
from listeners.models import UnreadableTask
from webhooks.models import Delivery, Event


def note(
    request: HttpRequest, row: Event | Delivery | UnreadableTask | None, words: str, *, at: datetime
) -> None:
    """Keeps what whoever asks has seen of a row; None: of many, as the words say.

    Raises PermissionDenied for somebody who is not logged in.
    """
    if request.user.pk is None:
        raise PermissionDenied
    note_deed([row], words, by=request.user.pk, now=at)
