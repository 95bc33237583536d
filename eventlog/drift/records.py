"""Tracking records whose number is another one than Meta named last, as events told of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max, Min

from listeners.workspace import GIVEN_AWAY
from webhooks.models import Event
from webhooks.whatsapp.drift.shapes import Departure, Drift

# The path tells which field of a record it is; whose record the event knows.
OF_RECORDS = Drift(Departure.GIVEN_AWAY, "whatsapp/lease/*/*.driverMobileNumber", "another number")


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What a part has of one departure."""

    count: int
    first_at: datetime
    last_at: datetime
    delivery: UUID  # the last


def given_away(start: datetime, end: datetime) -> Mapping[Drift, Seen]:
    """What was settled from `start` until before `end` and told of such a record.

    The event says it, whatever became of it, so that a run has nothing more to write.
    """
    told = Event.objects.filter(settled_at__gte=start, settled_at__lt=end, detail=GIVEN_AWAY)
    found = told.order_by().aggregate(
        count=Count("pk"), first_at=Min("settled_at"), last_at=Max("settled_at")
    )
    last = told.order_by("settled_at", "pk").last() if found["count"] else None
    return {} if last is None else {OF_RECORDS: Seen(**found, delivery=last.delivery_id)}
