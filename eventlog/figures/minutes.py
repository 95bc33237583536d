"""The figures of the minutes between two moments, whatever their distance."""

from datetime import datetime

from eventlog.figures.counting import ALL, minute_of
from eventlog.figures.tally import Tally, decode
from eventlog.models import Figure, RollUp


def tally_between(start: datetime, end: datetime) -> Tally:
    """Adds up what came from one minute on and before another, of all lease numbers.

    As far as it is added up (`counted_to`); nothing of minutes that are not kept any more.
    """
    total = Tally()
    minutes = Figure.objects.filter(span=Figure.Span.MINUTE, lease_number=ALL)
    rows = minutes.filter(start__gte=minute_of(start), start__lt=minute_of(end))
    for tally in rows.values_list("tally", flat=True):
        total.add(decode(bytes(tally)))
    return total


def counted_to() -> datetime | None:
    """Up to when minutes are added up; None: nothing is yet."""
    return RollUp.objects.values_list("rolled_up_to", flat=True).first()
