"""The three questions by which changes are found, each answered from one index.

Each part of an answer is a transaction of its own that only reads, so none is open for long.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet

from eventlog.chunks import chunks
from eventlog.tail.changes import COLUMNS, Change
from visn_whatsapp.read_only import each_read_only, read_only
from webhooks.conditions import IS_OPEN
from webhooks.models import Event

ROWS_AT_A_TIME = 1000
OPEN_AT_MOST = 1000  # that are looked at each time, whatever else is open

Found = tuple[datetime, Change]  # by which moment it was found


def received_since(moment: datetime) -> Iterator[Found]:
    """What was received from then on, the oldest first, but for what `settled_since` finds."""
    for row in _rows(received_from(moment), by="received_at"):
        if row.settled_at is None or row.settled_at < moment:
            yield row.received_at, row


def settled_since(moment: datetime) -> Iterator[Found]:
    """What was settled from then on, the oldest first."""
    for row in _rows(settled_from(moment), by="settled_at"):
        if row.settled_at is not None:
            yield row.settled_at, row


def open_before(moment: datetime) -> list[Change]:
    """What was received before and is open: the newest of it."""
    with read_only():
        return [Change(*row) for row in newest_open(moment).values_list(*COLUMNS)]


def received_from(moment: datetime) -> QuerySet[Event]:
    """The rows of `received_since`, and those that it leaves to the other."""
    return Event.objects.filter(received_at__gte=moment)


def settled_from(moment: datetime) -> QuerySet[Event]:
    """The rows of `settled_since`."""
    return Event.objects.filter(settled_at__gte=moment)


def newest_open(moment: datetime) -> QuerySet[Event]:
    """The rows of `open_before`."""
    rows = Event.objects.filter(IS_OPEN, received_at__lt=moment)
    return rows.order_by("-received_at")[:OPEN_AT_MOST]


def _rows(rows: QuerySet[Event], *, by: str) -> Iterator[Change]:
    place = COLUMNS.index(by)
    found = rows.values_list(*COLUMNS)
    parts = chunks(found, by=by, value=lambda row: row[place], size=ROWS_AT_A_TIME)
    for part in each_read_only(parts):
        yield from (Change(*row) for row in part)
