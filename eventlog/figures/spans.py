"""Spans of time that figures are kept for: where each begins, and how long it is kept."""

from collections.abc import Callable
from datetime import datetime, timedelta

from eventlog.models import Figure

HOUR = timedelta(hours=1)
FORGOTTEN_AT_ONCE = 1000
KEPT = {
    Figure.Span.MINUTE: timedelta(days=35),
    Figure.Span.QUARTER: timedelta(days=35),
    Figure.Span.HOUR: timedelta(days=400),
}


def start_of(span: Figure.Span, moment: datetime) -> datetime:
    """Returns the start of the span that the moment lies in."""
    return datetime.fromtimestamp(moment.timestamp() // span * span, tz=moment.tzinfo)


def hour_of(moment: datetime) -> datetime:
    """Returns the start of its hour."""
    return start_of(Figure.Span.HOUR, moment)


def oldest_kept(span: Figure.Span, *, now: datetime) -> datetime:
    """The start of the hour from which on figures of a span are kept."""
    return hour_of(now - KEPT[span])


def forget(*, clock: Callable[[], datetime], until: datetime) -> None:
    """Removes figures that nobody looks at any more, some at a time, until the time is up."""
    for span in KEPT:
        old = Figure.objects.filter(span=span, start__lt=oldest_kept(span, now=clock()))
        while some := list(old.order_by("start").values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]):
            Figure.objects.filter(pk__in=some).delete()
            if clock() >= until:
                return
