"""Looks again at what was erased: what came back into the ledger since is taken out once more.

A run that had read an event before it was erased may have written what it came to, and Meta may
have sent a message again in other bytes.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from eventlog.erasing import tombstones
from eventlog.erasing.taking_out import take_out
from eventlog.people.names import person_of
from listeners import erased
from listeners.models import Placement
from webhooks import transitions
from webhooks.conditions import ERASED, RARE_REASON
from webhooks.models import Event
from webhooks.outcomes import Reason
from webhooks.whatsapp.names import Names

LATEST = timedelta(days=1)  # after an erasure, that a run may still write
EVENTS_AT_A_TIME = 500
# Of an erased event a run writes these, with whatever else it has come to.
WRITTEN = ~Q(enquiry_id="") | ~Q(document_id="") | ~Q(stored_id="")


@dataclass(frozen=True, kw_only=True, slots=True)
class Again:
    """What was taken out once more."""

    written: int  # events that a run had written to, or whose text it had placed
    returned: int  # events of messages that came again


def look_again(*, now: datetime) -> Again:
    """Takes out what came back. Costs a query where nobody was erased lately.

    Any number may do so at once. Raises Django's database errors.
    """
    erased.forget(now=now)
    tombstones.forget_marks(now=now)
    return Again(written=_written(now=now), returned=_returned(now=now))


def _written(*, now: datetime) -> int:
    lately = Event.objects.filter(ERASED, erased_at__gte=now - LATEST).order_by()
    placed = Placement.objects.filter(event__in=lately.values("pk"))
    placements = list(placed.values_list("pk", "event")[:EVENTS_AT_A_TIME])
    keys = {*lately.filter(WRITTEN).values_list("pk", flat=True)[:EVENTS_AT_A_TIME]}
    keys |= {event for _, event in placements}
    if not keys:
        return 0
    with transaction.atomic():
        rows = Placement.objects.filter(pk__in=[key for key, _ in placements])
        rows.delete()
        list(Event.objects.filter(pk__in=keys).select_for_update(no_key=True).order_by("pk"))
        transitions.erase(keys, now=now)
    return len(keys)


def _returned(*, now: datetime) -> int:
    """What runs have passed over, with all that its delivery holds of the same people."""
    passed_over = Event.objects.filter(RARE_REASON, reason=Reason.ERASED, erased_at=None)
    # What shared the bytes of somebody who was erased is another's.
    whole = passed_over.filter(delivery__body__isnull=False).order_by()
    deliveries = list(whole.values_list("delivery", flat=True).distinct()[:EVENTS_AT_A_TIME])
    count = 0
    for delivery in deliveries:
        rows = list(Event.objects.filter(delivery=delivery))
        marks = {row.pk: erased.mark(row) for row in rows}
        known = erased.known(marks.values())
        of_erasure: dict[UUID, list[Event]] = defaultdict(list)
        for row in rows:
            if marks[row.pk] in known:
                of_erasure[known[marks[row.pk]]].append(row)
        for erasure, theirs in of_erasure.items():
            taken = take_out(
                [delivery],
                names=Names.of(map(person_of, theirs)),
                erasure=erasure,
                now=now,
                positions={delivery: [row.position for row in theirs]},
            )
            count += taken.events
    return count
