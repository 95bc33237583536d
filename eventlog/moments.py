"""Moments in ISO 8601, as people write them in an address or on a command line."""

from datetime import datetime

from django.utils import timezone

# Near the ends of all time it cannot be told in another zone, nor what was an hour before it.
YEARS = range(1970, 3000)


class NoMoment(ValueError):
    """The words are no moment, or one that no event can have."""


def moment_of(words: str) -> datetime:
    """The moment that is meant; without a zone, in that of the settings. Raises NoMoment."""
    try:
        found = datetime.fromisoformat(words)
    except ValueError as error:
        raise NoMoment(f"{words!r} is no moment such as 2026-06-01T10:14") from error
    if found.year not in YEARS:
        raise NoMoment(f"{words!r} is not within the years {YEARS[0]} to {YEARS[-1]}")
    return timezone.make_aware(found) if found.tzinfo is None else found


def read_moment(words: str | None) -> datetime | None:
    """The moment that is meant; None for anything else."""
    try:
        return moment_of(words or "")
    except NoMoment:
        return None
