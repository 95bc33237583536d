"""What has been found so far, and whether that is up to date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from eventlog.models import DriftCount, DriftMark
from visn_whatsapp.findings import Finding
from webhooks.models import Delivery
from webhooks.whatsapp.drift.shapes import Departure

# The look-over goes up to a few minutes ago, once a minute; longer than this it does not run.
BEHIND = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """Departures, those that came last first."""

    rows: Sequence[DriftCount]
    up_to: datetime | None  # what came before has been looked over; None: nothing has been
    behind: bool  # whether that is too long ago to tell what comes in

    @property
    def finding(self) -> Finding:
        """What it comes to."""
        if self.behind:
            return Finding.CANNOT_TELL
        return Finding.WRONG if self.rows else Finding.WELL


def find(*, since: datetime | None, now: datetime) -> Found:
    """What there is, or what is new from a moment on."""
    marks = DriftMark.objects.values_list("up_to", "settled_up_to").first() or (None, None)
    return Found(
        rows=list(with_bytes().filter(_new(since)).order_by("-last_at", "-pk")),
        up_to=marks[0],
        behind=any(mark is None or mark < now - BEHIND for mark in marks),
    )


def _new(since: datetime | None) -> Q:
    """What was seen for the first time since; of tracking records, which share a row, at all."""
    if since is None:
        return Q()
    return Q(first_at__gte=since) | Q(departure=Departure.GIVEN_AWAY.value, last_at__gte=since)


def looked_over_up_to() -> datetime | None:
    """How far everything that came in has been looked over."""
    return DriftMark.objects.values_list("up_to", flat=True).first()


def with_bytes() -> QuerySet[DriftCount]:
    """All rows, with `has_bytes`: whether the delivery of each can be looked at yet."""
    kept = Delivery.objects.filter(pk=OuterRef("delivery_id"), body__isnull=False)
    return DriftCount.objects.annotate(has_bytes=Exists(kept))
