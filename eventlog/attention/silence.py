"""Lease numbers that have gone silent, by their own rhythm."""

from collections.abc import Sequence
from datetime import datetime

from eventlog.attention.notice import Notice, Severity
from eventlog.figures.rhythm import Pulse, Rhythm, rhythms
from eventlog.links import EVENT_LIST
from eventlog.models import ProblemKind
from eventlog.questions.filters import EventFilter, query_string
from eventlog.questions.same import Same
from eventlog.zones.wall import in_utc


def silent_numbers(now: datetime) -> Sequence[Notice]:
    """Says of each how much is missing, as the front page does."""
    return [_of(rhythm) for rhythm in rhythms(now=now) if rhythm.pulse == Pulse.SILENT]


def _of(rhythm: Rhythm) -> Notice:
    number = rhythm.number
    last = in_utc(number.last_event_at)
    same = ((Same.LEASE_NUMBER, number.last_event),)
    return Notice(
        kind=ProblemKind.SILENT,
        subject=number.key,
        lease_number=number.number,
        count=int(rhythm.missing),
        severity=Severity.WARNING,
        words=f"Nothing has come from this lease number since {last}. In the same hours of the "
        f"weeks before, about {rhythm.missing:.0f} events came. Somebody else may have the number, "
        "or Meta may not call us for it.",
        page=EVENT_LIST,
        query=query_string(EventFilter(same=same)),
        link="Show its events",
    )
