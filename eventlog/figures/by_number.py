"""The figures of some lease numbers, each by itself, as far as they are added up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from eventlog.figures.board import Stretch
from eventlog.figures.minutes import counted_to
from eventlog.figures.numbers import KnownNumber
from eventlog.figures.spans import start_of
from eventlog.figures.tally import Tally, decode
from eventlog.models import Figure
from webhooks.whatsapp.numbers import canonical, spellings


@dataclass(frozen=True, kw_only=True, slots=True)
class ByNumber:
    """What came of each, in a stretch that ends now."""

    stretch: Stretch
    start: datetime
    until: datetime | None  # what came later is not counted yet; None: nothing is
    totals: Mapping[str, Tally]  # by the number's key; nothing of which nothing came


def by_number(stretch: Stretch, numbers: Sequence[KnownNumber], *, now: datetime) -> ByNumber:
    """Adds up bars and, behind the last of them, minutes. Two queries, however many numbers."""
    until = counted_to()
    start = start_of(stretch.span, now) - stretch.length + stretch.bar_length
    edge = max(start_of(stretch.span, until), start) if until else start
    spelled = {each for number in numbers for each in spellings(number.number)}
    whole = Q(span=stretch.span, start__gte=start, start__lt=edge)
    minutes = Q(span=Figure.Span.MINUTE, start__gte=edge)
    totals: dict[str, Tally] = {}
    rows = Figure.objects.filter(whole | minutes, lease_number__in=spelled)
    for number, tally in rows.values_list("lease_number", "tally"):
        totals.setdefault(canonical(number), Tally()).add(decode(bytes(tally)))
    return ByNumber(stretch=stretch, start=start, until=until, totals=totals)
