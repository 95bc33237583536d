"""What has been found so far, and whether that is up to date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from eventlog.models import DriftCount, DriftMark
from visn_whatsapp.findings import Finding
from webhooks.models import Delivery

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
    """What there is, or what was first seen from a moment on."""
    up_to = looked_over_up_to()
    first_seen = Q(first_at__gte=since) if since else Q()
    return Found(
        rows=list(with_bytes().filter(first_seen).order_by("-last_at", "-pk")),
        up_to=up_to,
        behind=up_to is None or up_to < now - BEHIND,
    )


def looked_over_up_to() -> datetime | None:
    """How far everything that came in has been looked over."""
    return DriftMark.objects.values_list("up_to", flat=True).first()


def with_bytes() -> QuerySet[DriftCount]:
    """All rows, with `has_bytes`: whether the delivery of each can be looked at yet."""
    kept = Delivery.objects.filter(pk=OuterRef("delivery_id"), body__isnull=False)
    return DriftCount.objects.annotate(has_bytes=Exists(kept))
