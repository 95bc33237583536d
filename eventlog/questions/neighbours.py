"""The events beside one in a list: the next newer and the next older of those that it shows."""

from dataclasses import dataclass
from datetime import datetime

from eventlog.questions.filters import EventFilter
from eventlog.questions.listing import listing
from eventlog.questions.windows import newer_than, older_than
from webhooks.models import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class Neighbours:
    """None at the end of the list, or of what it was looked through for."""

    newer: Event | None
    older: Event | None


def neighbours(event: Event, wanted: EventFilter, *, now: datetime) -> Neighbours:
    """The events beside this one, which need not be in the list any more itself.

    Each is the first of the page that would begin there, and no dearer than that page.
    """
    listed, key = listing(wanted, now=now), (event.received_at, event.pk)
    newer = listed.page(newer_than(*key), limit=1, backwards=True)
    older = listed.page(older_than(*key), limit=1)
    return Neighbours(newer=next(iter(newer), None), older=next(iter(older), None))
