"""Moments in ISO 8601, as people write them in an address or on a command line."""

from datetime import UTC, datetime, tzinfo

from eventlog.zones.wall import YEARS, meant


class NoMoment(ValueError):
    """The words are no moment, or one that no event can have."""


def moment_of(words: str, *, zone: tzinfo = UTC, last: bool = False) -> datetime:
    """The moment that is meant; in the zone that is given, where the words have none.

    Of two that its clocks show alike the first, or the last. Raises NoMoment.
    """
    try:
        found = datetime.fromisoformat(words)
    except ValueError as error:
        raise NoMoment(f"{words!r} is no moment such as 2026-06-01T10:14") from error
    if not _is_within(found):
        raise NoMoment(f"{words!r} is not within the years {YEARS[0]} to {YEARS[-1]}")
    if found.tzinfo is not None:
        return found
    moment = meant(found, zone).moments[-1 if last else 0]
    if not _is_within(moment):
        raise NoMoment(f"{words!r} in {zone} is not within the years {YEARS[0]} to {YEARS[-1]} UTC")
    return moment


def _is_within(moment: datetime) -> bool:
    """In its own words and, where they have a zone, in UTC."""
    return moment.year in YEARS and (moment.tzinfo is None or moment.astimezone(UTC).year in YEARS)


def read_moment(words: str | None, *, zone: tzinfo = UTC, last: bool = False) -> datetime | None:
    """The moment that is meant; None for anything else."""
    try:
        return moment_of(words or "", zone=zone, last=last)
    except NoMoment:
        return None
