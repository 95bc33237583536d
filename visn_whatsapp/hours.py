"""Hours of the day in a time zone, as settings say them: `07:30 Europe/Amsterdam`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAY = timedelta(days=1)


class HoursUnreadable(ValueError):
    """The words are of another form."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """A moment that comes once a day."""

    day: date  # as the time zone has it
    at: datetime  # UTC


@dataclass(frozen=True, kw_only=True, slots=True)
class Hour:
    """An hour that comes once on each day, however many hours the day has.

    One that a day leaves out, as summer begins, comes as much later as the clocks were put forward;
    of one that a day has twice it is the first.
    """

    time: time
    zone: ZoneInfo

    @classmethod
    def read(cls, words: str) -> "Hour":
        """`07:30 Europe/Amsterdam`; without a zone, UTC. Raises HoursUnreadable."""
        hour, zone = _split(words)
        return cls(time=_time(hour), zone=zone)

    def last(self, now: datetime) -> Due:
        """When it was last: today, or else yesterday."""
        return next(due for due in self._of(now.astimezone(self.zone).date()) if due.at <= now)

    def _of(self, today: date) -> Iterator[Due]:
        for day in (today, today - DAY):
            yield Due(day=day, at=datetime.combine(day, self.time, self.zone).astimezone(UTC))


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """From one hour to another, over midnight where it has to be."""

    start: time
    end: time
    zone: ZoneInfo

    @classmethod
    def read(cls, words: str) -> "Span":
        """`22:00-07:00 Europe/London`; without a zone, UTC. Raises HoursUnreadable."""
        hours, zone = _split(words)
        start, mark, end = hours.partition("-")
        if not mark:
            raise HoursUnreadable
        return cls(start=_time(start), end=_time(end), zone=zone)

    def holds(self, now: datetime) -> bool:
        """Whether it is within."""
        local = now.astimezone(self.zone).time()
        if self.start <= self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end


def _split(words: str) -> tuple[str, ZoneInfo]:
    hours, _, zone = words.partition(" ")
    try:
        return hours, ZoneInfo(zone.strip() or "UTC")
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise HoursUnreadable from error


def _time(words: str) -> time:
    try:
        found = time.fromisoformat(words)
    except ValueError as error:
        raise HoursUnreadable from error
    if found.tzinfo is not None:  # its offset would hold in summer and in winter
        raise HoursUnreadable
    return found
