"""Times as people say them: `10:14`, `yesterday 10:14`, `2026-03-29 02:30`, `25 Oct 02:30 CET`."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from eventlog.zones.wall import YEARS, Meant, day_of, meant

_SAID = re.compile(
    r"""
    (?P<day>today|yesterday|\d{4}-\d\d?-\d\d?|\d\d?\ [a-z]{3}(?:\ \d{4})?)?
    (?:(?:^|\ |(?<=\d)t)(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d+)?)?)?
    (?:\ ?(?P<zone>z|[a-z]{3,5}|[+-]\d\d:?\d\d))?
    """,
    re.VERBOSE | re.ASCII,
)


class NotUnderstood(ValueError):
    """The words are no time."""


def spoken(words: str, *, now: datetime, zone: tzinfo) -> Meant:
    """The moments that are meant in a zone; the newest that is not to come, where no day is said.

    A day without a time is its beginning. Raises NotUnderstood.
    """
    said = _SAID.fullmatch(" ".join(words.casefold().split()))
    if said is None or not (said["day"] or said["hour"]):
        raise NotUnderstood(words)
    hour, minute, second = (int(said[part] or 0) for part in ("hour", "minute", "second"))
    try:
        there = _zone(said["zone"] or "") or zone
        clock = time(hour, minute, second)
        found = _newest(said["day"] or "", clock, now=now, zone=there)
    except (ValueError, OverflowError) as error:
        raise NotUnderstood(words) from error
    return _narrowed(found, said["zone"] or "", there)


def _newest(day: str, clock: time, *, now: datetime, zone: tzinfo) -> Meant:
    days = _days(day, today=day_of(now, zone))
    every = [meant(datetime.combine(each, clock), zone) for each in days if each.year in YEARS]
    if not every:
        raise NotUnderstood(day)
    return next((each for each in every if each.moments[0] <= now), every[0])


def _days(day: str, *, today: date) -> list[date]:
    """The days that may be meant, the best first as long as it is not to come."""
    yesterday = today - timedelta(days=1)
    if day in ("", "today", "yesterday"):
        return {"": [today, yesterday], "today": [today], "yesterday": [yesterday]}[day]
    if "-" in day:
        return [date(*map(int, day.split("-")))]
    if day[-4:].isdigit():
        return [datetime.strptime(day, "%d %b %Y").date()]  # noqa: DTZ007 (a day alone)
    years = [today.year, today.year - 1]
    return [datetime.strptime(f"{day} {year}", "%d %b %Y").date() for year in years]  # noqa: DTZ007


def _zone(word: str) -> tzinfo | None:
    """UTC or an offset from it, where one is said."""
    if word in ("z", "utc"):
        return UTC
    return datetime.strptime(word, "%z").tzinfo if word[:1] in ("+", "-") else None


def _narrowed(found: Meant, word: str, zone: tzinfo) -> Meant:
    """The one moment at which the zone's clocks are called so, where a word of theirs is said."""
    if not word.isalpha() or word in ("z", "utc"):
        return found
    called = {(each.astimezone(zone).tzname() or "").casefold(): each for each in found.moments}
    if word not in called:
        raise NotUnderstood(word)
    return Meant(moments=(called[word],), is_missing=found.is_missing)
