"""Which lease numbers have gone silent, by their own usual rhythm.

Most numbers are quiet at night and at the weekend, so no fixed time tells silence from sleep. For
each hour since the last event we look at the same hour of the weeks before: the median of what
came then is what usually comes. Added up over the silence, that is how many events are missing.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from eventlog.figures.numbers import KnownNumber, known_numbers
from eventlog.figures.spans import HOUR, hour_of
from eventlog.models import Figure
from visn_whatsapp.explained import Explained
from webhooks.whatsapp.numbers import canonical, spellings

Hours = Sequence[tuple[datetime, float]]
Counts = defaultdict[tuple[str, datetime], int]  # KnownNumber.key and hour → events

WEEK = timedelta(weeks=1)
WEEKS = 4  # that are looked at
WEEKS_NEEDED = 2  # before there is a rhythm
# Of events that come by chance, five are missing once in 150 times; three once in 20.
MISSING = 5.0
# A silence longer than a week misses more than enough.
LONGEST = WEEK
LONG = 24  # hours of a silence


class Pulse(Explained):
    """What the time since the last event says about a number."""

    SILENT = "silent", "Silent: by its usual rhythm events should have come."
    USUAL = "usual", "As usual."
    NEW = "new", "Too new to have a rhythm: it is known for less than two weeks."


@dataclass(frozen=True, kw_only=True, slots=True)
class Rhythm:
    """A number, its last event, and how many events are missing since."""

    number: KnownNumber
    silence: timedelta
    missing: float  # what usually comes in such a time
    pulse: Pulse


def rhythms(*, now: datetime) -> list[Rhythm]:
    """Judges every lease number; the silent ones come first, then the longest silence."""
    numbers = known_numbers()
    silences = {number.key: _silence(number, now=now) for number in numbers}
    counts = _counts(silences)
    judged = [_judge(number, silences[number.key], counts, now=now) for number in numbers]
    return sorted(judged, key=lambda rhythm: (rhythm.pulse != Pulse.SILENT, -rhythm.silence))


def _judge(number: KnownNumber, silence: Hours, counts: Counts, *, now: datetime) -> Rhythm:
    weeks = min((now - number.first_event_at) // WEEK, WEEKS)
    missing = 0.0
    if weeks >= WEEKS_NEEDED:
        missing = sum(
            share * median(counts[number.key, hour - WEEK * ago] for ago in range(1, weeks + 1))
            for hour, share in silence
        )
    known = Pulse.SILENT if missing >= MISSING else Pulse.USUAL
    return Rhythm(
        number=number,
        silence=max(now - number.last_event_at, timedelta()),
        missing=missing,
        pulse=known if weeks >= WEEKS_NEEDED else Pulse.NEW,
    )


def _silence(number: KnownNumber, *, now: datetime) -> Hours:
    """The hours since the last event, and which share of each lies in the silence.

    None where nothing came in any week that is looked at: then nothing is missing.
    """
    if number.last_event_at < now - LONGEST - WEEKS * WEEK - HOUR:
        return []
    start = max(number.last_event_at, now - LONGEST)
    hours = []
    hour = hour_of(start)
    while hour < now:
        hours.append((hour, (min(hour + HOUR, now) - max(hour, start)) / HOUR))
        hour += HOUR
    return hours


def _counts(silences: Mapping[str, Hours]) -> Counts:
    """How many events came in the same hours of the weeks before, under all spellings.

    Those that are silent for long, which are few, are asked for by themselves: all others would be
    asked for as many hours.
    """
    counts: Counts = defaultdict(int)
    for long in (False, True):
        some = {key: each for key, each in silences.items() if each and (len(each) > LONG) == long}
        if some:
            _add(counts, some)
    return counts


def _add(counts: Counts, silences: Mapping[str, Hours]) -> None:
    hours = {hour for silence in silences.values() for hour, _ in silence}
    rows = Figure.objects.filter(
        span=Figure.Span.HOUR,
        lease_number__in={form for key in silences for form in spellings(key)},
        start__in={hour - WEEK * ago for hour in hours for ago in range(1, WEEKS + 1)},
    ).values_list("lease_number", "start", "events")
    for number, start, events in rows:
        counts[canonical(number), start] += events
