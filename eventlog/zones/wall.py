"""What clocks on the wall show, and which moments are meant by it.

Where clocks are set back they show an hour twice, and where they are set forward one never.
"""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

# Near the ends of all time a moment cannot be told in another zone, nor what was an hour before it.
YEARS = range(1970, 3000)


@dataclass(frozen=True, kw_only=True, slots=True)
class Meant:
    """Which moments a time on the wall may mean, in UTC."""

    moments: tuple[datetime, ...]  # one; two where clocks show it twice, the earlier first
    is_missing: bool = False  # clocks never show it: the moment at which they were set forward


def meant(shown: datetime, zone: tzinfo) -> Meant:
    """Which moments are meant by what clocks in a zone show, given without a zone."""
    first, second = (
        shown.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        for fold in (0, 1)  # as PEP 495 has it: by the rule before a change, and after it
    )
    if first > second:
        return Meant(moments=(_set_forward(second, first, zone),), is_missing=True)
    return Meant(moments=(first,) if first == second else (first, second))


def _set_forward(early: datetime, late: datetime, zone: tzinfo) -> datetime:
    """When the clocks were set between two moments, to the second."""

    def is_after(second: int) -> bool:
        return datetime.fromtimestamp(second, zone).utcoffset() == late.astimezone(zone).utcoffset()

    seconds = range(int(early.timestamp()), int(late.timestamp()) + 1)
    return datetime.fromtimestamp(seconds[bisect_left(seconds, True, key=is_after)], UTC)


def midnight(day: date, zone: tzinfo) -> datetime:
    """The first moment of a day, in UTC; not everywhere do clocks show 00:00 then."""
    return meant(datetime.combine(day, time()), zone).moments[0]


def day_of(moment: datetime, zone: tzinfo) -> date:
    """The day that it is in a zone."""
    return moment.astimezone(zone).date()


def days_before(moment: datetime, days: int, zone: tzinfo) -> datetime:
    """The first moment of the day that was so many days before; 0: of the same day."""
    return midnight(day_of(moment, zone) - timedelta(days=days), zone)


def which(local: datetime) -> str:
    """What tells a time from the other one that clocks show alike: `CEST`; mostly nothing."""
    other = local.replace(fold=1 - local.fold)
    return "" if other.utcoffset() == local.utcoffset() else local.tzname() or ""


def twin_of(moment: datetime, zone: tzinfo) -> datetime | None:
    """The other moment at which clocks show the same; mostly there is none."""
    found = meant(moment.astimezone(zone).replace(tzinfo=None), zone)
    return next((each for each in found.moments if each != moment), None)


def shown(local: datetime, pattern: str) -> str:
    """A time of the wall in words, and which of two it is where that has to be said."""
    return f"{local:{pattern}} {which(local)}".rstrip()


def in_utc(moment: datetime) -> str:
    """A moment in words that are the same for everybody: `01 Jun 2026 08:14:05 UTC`."""
    return f"{moment.astimezone(UTC):%d %b %Y %H:%M:%S} UTC"
