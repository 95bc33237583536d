"""Spans of time, and which rows were received in them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from django.db.models import Q

from eventlog.zones.wall import days_before
from visn_whatsapp.explained import Labelled

NEWEST_FIRST = ("-received_at", "-pk")  # the order of the log
OLDEST_FIRST = ("received_at", "pk")
# What an address says of a page of a list: `before=2026-03-02T12:00:00+00:00_17`, a row's key.
OLDER, NEWER = "before", "after"
MOMENT = "moment"  # of an address: at which a list is opened


class Span(Labelled):
    """The spans that can be asked for by name."""

    QUARTER = "15m", "15 minutes"
    HOUR = "1h", "1 hour"
    TODAY = "today", "Today"
    YESTERDAY = "yesterday", "Yesterday"
    WEEK = "7d", "7 days"

    @property
    def is_day(self) -> bool:
        """Whether it is a day of the calendar, which begins in each zone at another moment."""
        return self not in LENGTHS


LENGTHS = {
    Span.QUARTER: timedelta(minutes=15),
    Span.HOUR: timedelta(hours=1),
    Span.WEEK: timedelta(days=7),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """From `start` up to, but without, `end`. None: open on that side."""

    start: datetime | None = None
    end: datetime | None = None

    @property
    def closed(self) -> bool:
        """Whether no event that is still to come can fall into it."""
        return self.start is not None and self.end is not None

    def holds(self, moment: datetime) -> bool:
        """Whether a moment lies in it."""
        begun = self.start is None or self.start <= moment
        return begun and (self.end is None or moment < self.end)


def window_of(span: Span, *, now: datetime, zone: tzinfo = UTC) -> Window:
    """The window of a span; days are those of the zone, of 23 or 25 hours where they are."""
    if span == Span.TODAY:
        return Window(start=days_before(now, 0, zone))
    if span == Span.YESTERDAY:
        return Window(start=days_before(now, 1, zone), end=days_before(now, 0, zone))
    return Window(start=now.astimezone(UTC) - LENGTHS[span])


def received_in(window: Window) -> Q:
    """The condition for events or deliveries received in the window.

    By that moment alone, which is of one clock for all: ids tell in which order rows were begun,
    or what a process took for the time.
    """
    condition = Q()
    if window.start is not None:
        condition &= Q(received_at__gte=window.start)
    if window.end is not None:
        condition &= Q(received_at__lt=window.end)
    return condition


def older_than(moment: datetime, key: object) -> Q:
    """The condition for what comes after this row where the newest is first."""
    return Q(received_at__lte=moment) & (Q(received_at__lt=moment) | Q(pk__lt=key))


def newer_than(moment: datetime, key: object) -> Q:
    """The condition for what comes before this row where the newest is first."""
    return Q(received_at__gte=moment) & (Q(received_at__gt=moment) | Q(pk__gt=key))
