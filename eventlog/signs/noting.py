"""Notes signs, adds up those of a time, and forgets them after a week."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Max, Min, Sum

from eventlog.models import ProblemKind, Sign

SLOT = timedelta(minutes=5)
KEPT = timedelta(days=8)


class SignKey(NamedTuple):
    """What was seen: the kind of problem, and which of that kind."""

    kind: ProblemKind
    subject: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What was seen of one subject within a time."""

    subject: str
    count: int
    first_at: datetime
    last_at: datetime


def slot_of(moment: datetime) -> datetime:
    """Returns the start of the five minutes that the moment lies in."""
    return datetime.fromtimestamp(
        moment.timestamp() // SLOT.total_seconds() * SLOT.total_seconds(), tz=moment.tzinfo
    )


def note(counts: Mapping[SignKey, int], *, now: datetime) -> None:
    """Adds to what was seen in these five minutes.

    Whoever notes holds the row by which those of this kind take turns: of figures, the mark of
    their rounds; of everything else, the mark of looks.
    """
    if not counts:
        return
    start = slot_of(now)
    found = Sign.objects.filter(start=start, kind__in={key.kind for key in counts})
    rows = {(row.kind, row.subject): row for row in found}
    changed = [
        _added(rows.get(key) or _row(key, now=now), count, now) for key, count in counts.items()
    ]
    Sign.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["kind", "subject", "start"],
        update_fields=["count", "last_at"],
        batch_size=500,
    )


def _row(key: SignKey, *, now: datetime) -> Sign:
    return Sign(
        kind=key.kind.value,
        subject=key.subject,
        start=slot_of(now),
        count=0,
        first_at=now,
        last_at=now,
    )


def _added(row: Sign, count: int, now: datetime) -> Sign:
    return Sign(
        kind=row.kind,
        subject=row.subject,
        start=row.start,
        count=row.count + count,
        first_at=row.first_at,
        last_at=now,
    )


def seen_since(kind: ProblemKind, since: datetime) -> Sequence[Seen]:
    """What was seen of a kind since the five minutes that a moment lies in, the most first."""
    rows = (
        Sign.objects.filter(kind=kind.value, start__gte=slot_of(since))
        .values("subject")
        .annotate(seen=Sum("count"), first=Min("first_at"), last=Max("last_at"))
        .order_by("-seen", "subject")
    )
    return [
        Seen(
            subject=row["subject"],
            count=row["seen"],
            first_at=row["first"],
            last_at=row["last"],
        )
        for row in rows
    ]


def forget(*, now: datetime) -> None:
    """Removes what is older than a week."""
    for kind in ProblemKind:
        Sign.objects.filter(kind=kind.value, start__lt=now - KEPT).delete()
