"""The list of events as CSV: what is filtered, masked as on the screen, in constant memory.

Every time is ISO 8601 in UTC. When an event was received is there once more in the reader's zone,
with its offset, as the last column, where that is not UTC.

The last line says how many rows there are. A file without it was cut short on its way: HTTP gives
no sign of that which a browser would pass on.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo

from django.db import DatabaseError
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.http import HttpResponseRedirect as Redirect
from django.utils import timezone

from eventlog.links import events_url
from eventlog.pages.noting import note
from eventlog.pages.page import Page
from eventlog.questions.cells import Cell, csv_of
from eventlog.questions.filters import read_filter
from eventlog.questions.listing import Listing, whole
from eventlog.questions.masking import MASKED, Sight
from eventlog.questions.misread import misread
from eventlog.questions.windows import older_than
from eventlog.replay.choosing import words_for
from eventlog.zones.names import own_zone
from webhooks import clock
from webhooks.models import Event

logger = logging.getLogger(__name__)

ROWS_AT_A_TIME = 1000
# The first cell of the last line. Readers of CSV that know comments skip it.
COMPLETE = "# complete: {} rows"
BROKEN_OFF = "# INCOMPLETE: broken off after {} rows, export it again"
BYTE_ORDER_MARK = "\ufeff"  # by which spreadsheets know UTF-8


def _moment(moment: datetime | None) -> str:
    return moment.isoformat(timespec="milliseconds") if moment else ""


Columns = Mapping[str, Callable[[Event, Sight], Cell]]
# What is in a row, by the head of its column. Who may see a list sees it masked.
COLUMNS: Columns = {
    "event": lambda event, _: event.pk,
    "received": lambda event, _: _moment(event.received_at),
    "kind": lambda event, _: event.kind,
    "name": lambda event, sight: sight.told(event.name),
    "error code": lambda event, _: "" if event.error_code is None else event.error_code,
    "state": lambda event, _: event.state,
    "reason": lambda event, _: event.reason,
    "detail": lambda event, _: event.detail,
    "lease number": lambda event, _: event.lease_number,
    "driver number": lambda event, sight: sight.number(event.person_number),
    "driver user id": lambda event, sight: sight.user_id(event.person_user_id),
    "message": lambda event, sight: sight.message_id(event.message_id),
    "refers to": lambda event, sight: sight.message_id(event.target_id),
    "stored as": lambda event, sight: sight.message_id(event.stored_id),
    "lease company": lambda event, _: event.lease_id,
    "enquiry": lambda event, _: event.enquiry_id,
    "meta's time": lambda event, _: _moment(event.occurred_at),
    "queued": lambda event, _: _moment(event.queued_at),
    "started": lambda event, _: _moment(event.started_at),
    "settled": lambda event, _: _moment(event.settled_at),
    "next look": lambda event, _: _moment(event.check_at),
    "waits": lambda event, _: event.waits,
    "sweeper rounds": lambda event, _: event.rounds,
    "delivery": lambda event, _: str(event.delivery_id),
    "position": lambda event, _: event.position,
}


def columns_in(zone: tzinfo) -> Columns:
    """The columns, with one more where the zone is not UTC."""
    if zone == UTC:
        return COLUMNS
    return {
        **COLUMNS,
        f"received, {zone}": lambda event, _: _moment(event.received_at.astimezone(zone)),
    }


def lines(shown: Listing, *, sight: Sight, columns: Columns = COLUMNS) -> Iterator[str]:
    """Yields the CSV of the events, newest first, a thousand rows at a time at most.

    Where the database fails on the way, the last line says so: the answer has begun by then.
    """
    yield BYTE_ORDER_MARK + csv_of([list(columns)])
    count, last = 0, COMPLETE
    try:
        for page in _pages(shown):
            yield csv_of([[column(event, sight) for column in columns.values()] for event in page])
            count += len(page)
    except DatabaseError:
        logger.exception("An export broke off.", extra={"count": count})
        last = BROKEN_OFF
    yield csv_of([[last.format(count), *[""] * (len(columns) - 1)]])


def _pages(shown: Listing) -> Iterator[list[Event]]:
    """Reads by key: no page costs more than the first, and none is kept."""
    limit = ROWS_AT_A_TIME // max(len(shown.parts), 1)  # so many are read of each part
    page = shown.page(Q(), limit=limit)
    while page:
        yield page
        last = page[-1]
        page = shown.page(older_than(last.received_at, last.pk), limit=limit)


def export_view(request: HttpRequest) -> HttpResponseBase:
    """Answers with a file of what the address asks for, like the list of events.

    What is not understood the list tells: a file would look as if it were narrowed.
    """
    if any(misread(request.GET, {})):
        return Redirect(events_url(request.GET.urlencode()))
    wanted = read_filter(request.GET)
    now = clock.now() if wanted.span else timezone.now()
    words = f"Exported events as CSV, masked: {words_for(wanted)[:500]}."
    note(request, None, words, at=clock.now())
    return StreamingHttpResponse(
        lines(whole(wanted, now=now), sight=MASKED, columns=columns_in(own_zone())),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="events-{now:%Y-%m-%d-%H%M%S}.csv"',
            "Cache-Control": "no-store",
        },
    )


PAGES = (
    Page(
        path="export/events.csv",
        name="export-events",
        view=export_view,
        permission="webhooks.view_event",
        title="Export",
    ),
)
