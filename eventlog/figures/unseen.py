"""How much of what drivers sent no customer saw, by lease number as spelled."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from django.db.models import Q, Sum

from eventlog.figures.counting import ALL, Tallies
from eventlog.models import Figure


def unseen_by_number(
    span: Figure.Span, *, start: datetime, edge: datetime, live_from: datetime, live: Tallies
) -> Mapping[str, int]:
    """Adds up spans from `start` to `edge`, minutes from there on, and what is counted live.

    Only figures with something unseen are read, by an index of their own.
    """
    whole = Q(span=span, start__gte=start, start__lt=edge)
    minutes = Q(span=Figure.Span.MINUTE, start__gte=edge, start__lt=live_from)
    rows = Figure.objects.filter(whole | minutes, unseen__gt=0).exclude(lease_number=ALL)
    counts = Counter(dict(rows.values_list("lease_number").annotate(Sum("unseen")).order_by()))
    for (minute, number), tally in live.items():
        if number != ALL and minute >= start and tally.unseen:
            counts[number] += tally.unseen
    return counts
