"""The events beside one in a list: the next newer and the next older of those that it shows."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from eventlog.questions.filters import EventFilter, matching
from eventlog.questions.windows import NEWEST_FIRST, OLDEST_FIRST, newer_than, older_than
from webhooks.models import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class Neighbours:
    """Both as rows of their key and time alone; None at the end of the list."""

    newer: Event | None
    older: Event | None


def neighbours(event: Event, wanted: EventFilter, *, now: datetime) -> Neighbours:
    """The events beside this one, which need not be in the list any more itself."""
    newer, older = (next(iter(each), None) for each in beside(event, wanted, now=now))
    return Neighbours(newer=newer, older=older)


def beside(
    event: Event, wanted: EventFilter, *, now: datetime
) -> tuple[QuerySet[Event], QuerySet[Event]]:
    """One row each: the first of the page that would begin there, and no dearer than that page."""
    listed = matching(wanted, now=now).only("received_at")
    key = event.received_at, event.pk
    newer = listed.filter(newer_than(*key)).order_by(*OLDEST_FIRST)
    older = listed.filter(older_than(*key)).order_by(*NEWEST_FIRST)
    return newer[:1], older[:1]
