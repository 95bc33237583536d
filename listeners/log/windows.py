"""Spans of time, and where their rows lie: ids rise with the time of receipt."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from django.db.models import Q

from webhooks.models import Event

# By how much a row may be written later than others that were received after it.
DISORDER = timedelta(minutes=5)
# How many rows at the edge of a window are asked for their ids.
WITNESSES = 100

_HIGHEST_ID = 2**63 - 1
_UUID7_VERSION = 0x7 << 76
_UUID_VARIANT = 0b10 << 62


class Span(StrEnum):
    """The spans that can be asked for by name."""

    label: str

    QUARTER = "15m", "15 minutes"
    HOUR = "1h", "1 hour"
    TODAY = "today", "Today"
    YESTERDAY = "yesterday", "Yesterday"
    WEEK = "7d", "7 days"

    def __new__(cls, value: str, label: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


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


def window_of(span: Span, *, now: datetime) -> Window:
    """The window of a span; days begin at midnight in the time zone of `now`."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if span == Span.TODAY:
        return Window(start=midnight)
    if span == Span.YESTERDAY:
        return Window(start=midnight - timedelta(days=1), end=midnight)
    return Window(start=now - LENGTHS[span])


def events_in(window: Window) -> Q:
    """The condition for events received in the window; one query for each of its ends.

    The bounds on the id let every index that ends in the id read just the window's part of it.
    """
    condition = Q()
    if window.start is not None:
        condition &= Q(received_at__gte=window.start, id__gte=_lowest_id_since(window.start))
    if window.end is not None:
        condition &= Q(received_at__lt=window.end, id__lte=_highest_id_before(window.end))
    return condition


def deliveries_in(window: Window) -> Q:
    """The condition for deliveries received in the window; their ids tell the time themselves."""
    condition = Q()
    if window.start is not None:
        early = window.start - DISORDER
        condition &= Q(received_at__gte=window.start, id__gte=first_id_at(early))
    if window.end is not None:
        late = window.end + DISORDER
        condition &= Q(received_at__lt=window.end, id__lt=first_id_at(late))
    return condition


def first_id_at(moment: datetime) -> UUID:
    """The lowest UUID of version 7 that can be made at a moment."""
    milliseconds = int(moment.timestamp() * 1000)
    return UUID(int=(milliseconds << 80) | _UUID7_VERSION | _UUID_VARIANT)


def _lowest_id_since(start: datetime) -> int:
    """Of several rows, so that one whose clock was wrong hides no row but itself."""
    rows = Event.objects.filter(received_at__gte=start - DISORDER).order_by("received_at")
    return min(rows.values_list("id", flat=True)[:WITNESSES], default=_HIGHEST_ID)


def _highest_id_before(end: datetime) -> int:
    rows = Event.objects.filter(received_at__lt=end + DISORDER).order_by("-received_at")
    return max(rows.values_list("id", flat=True)[:WITNESSES], default=0)
