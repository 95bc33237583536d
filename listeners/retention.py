"""Retention: deletes what was received long ago, and the personal data with it.

Of a delivery a row without bytes and headers stays: by its digest the same bytes are known again
whenever somebody sends them, since a signed payload bears no time (one text, one document).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from listeners.log.windows import first_id_at
from listeners.models import Placement, ReplayedEvent, ReplayJob, TaskRun, UnknownDelivery
from webhooks.models import WITHOUT_ITEMS, Delivery, Event, SweeperTask
from webhooks.outcomes import OPEN
from webhooks.whatsapp.events import Kind

# Meta sends again for seven days, the sweeper tries for one; people look back for longer.
SHORTEST = timedelta(days=30)
DELIVERIES_AT_A_TIME = 100
REPEATS_AT_A_TIME = 1000


@dataclass(kw_only=True, slots=True)
class Pruned:
    """What was deleted; of a dry run, what would be."""

    events: int = 0
    deliveries: int = 0  # whose bytes, headers and items are gone
    repeats: int = 0
    replays: int = 0
    unknown: int = 0  # unknown deliveries that were closed; open ones stay
    kept: int = 0  # deliveries as old that have an open event or were replayed since


def prune(*, before: datetime, dry_run: bool = False) -> Pruned:
    """Deletes what was received before a moment, the oldest first, in small transactions.

    A delivery stays whole while one of its events is open or was replayed since that moment. May
    be broken off at any time, and run beside everything else. Raises Django's database errors.
    """
    pruned = Pruned()
    for batch in _batches(before):
        with transaction.atomic():
            _lock(batch)
            busy = _busy(batch, before=before)
            pruned.kept += len(busy)
            _delete(batch - busy, pruned=pruned)
            transaction.set_rollback(dry_run)
    for rest in (_without_items, _repeats, _replays, _unknown):
        rest(before, pruned=pruned, dry_run=dry_run)
    return pruned


def _batches(before: datetime) -> Iterator[set[UUID]]:
    """The deliveries that have events; the first event of each stands for it."""
    firsts = Event.objects.filter(position=0, received_at__lt=before).order_by("received_at", "pk")
    last = (datetime.min.replace(tzinfo=UTC), 0)
    while True:
        further = Q(received_at__gt=last[0]) | Q(received_at=last[0], pk__gt=last[1])
        rows = firsts.filter(further).values_list("received_at", "pk", "delivery_id")
        batch = list(rows[:DELIVERIES_AT_A_TIME])
        if not batch:
            return
        yield {delivery for *_, delivery in batch}
        last = batch[-1][:2]


def _lock(deliveries: Collection[UUID]) -> None:
    """So that none of the events is opened again meanwhile."""
    rows = Event.objects.select_for_update().filter(delivery__in=deliveries)
    list(rows.order_by("pk").values_list("pk"))


def _busy(deliveries: Collection[UUID], *, before: datetime) -> set[UUID]:
    busy = Q(state__in=sorted(OPEN)) | Q(replays__job__asked_at__gte=before)
    rows = Event.objects.filter(busy, delivery__in=deliveries)
    return set(rows.order_by().values_list("delivery_id", flat=True))


def _delete(deliveries: Collection[UUID], *, pruned: Pruned) -> None:
    events = Event.objects.filter(delivery__in=deliveries).order_by()
    ReplayedEvent.objects.filter(event__in=events).delete()
    _hand_over(deliveries)
    Placement.objects.filter(event__in=events).delete()
    TaskRun.objects.filter(delivery__in=deliveries).delete()
    SweeperTask.objects.filter(delivery__in=deliveries).delete()
    pruned.events += events.delete()[0]
    pruned.deliveries += _empty(Delivery.objects.filter(pk__in=deliveries))


def _hand_over(deliveries: Collection[UUID]) -> None:
    """Gives a text's placement to a younger event of the same text, which may be replayed yet."""
    placements = {
        (placement.phone_number_id, placement.message_id): placement
        for placement in Placement.objects.filter(event__delivery__in=deliveries)
    }
    heirs = Event.objects.exclude(delivery__in=deliveries).filter(
        kind=Kind.TEXT, message_id__in=[message_id for _, message_id in placements]
    )
    for heir in heirs.order_by("pk").only("phone_number_id", "message_id"):
        placement = placements.get((heir.phone_number_id, heir.message_id))
        if placement is not None:
            Placement.objects.filter(pk=placement.pk).update(event=heir)


def _empty(deliveries: QuerySet[Delivery]) -> int:
    return deliveries.update(body=None, headers={})


def _received(before: datetime) -> Q:
    """Of deliveries. Their ids tell the time, and end every index of theirs."""
    return Q(received_at__lt=before, id__lt=first_id_at(before))


def _without_items(before: datetime, *, pruned: Pruned, dry_run: bool) -> None:
    found = Delivery.objects.filter(WITHOUT_ITEMS, _received(before))
    pruned.deliveries += found.count() if dry_run else _empty(found)


def _repeats(before: datetime, *, pruned: Pruned, dry_run: bool) -> None:
    """Those whose first delivery has been emptied; of what is kept, the repeats are kept too."""
    found = Delivery.objects.filter(_received(before), repeat_of__isnull=False).order_by("pk")
    if dry_run:
        pruned.repeats += found.count()
        return
    found = found.filter(repeat_of__body__isnull=True)
    while keys := list(found.values_list("pk", flat=True)[:REPEATS_AT_A_TIME]):
        pruned.repeats += Delivery.objects.filter(pk__in=keys).delete()[0]


def _replays(before: datetime, *, pruned: Pruned, dry_run: bool) -> None:
    finished = ReplayJob.objects.filter(asked_at__lt=before, state=ReplayJob.State.FINISHED)
    if dry_run:
        pruned.replays += finished.count()
    else:
        pruned.replays += finished.filter(events=None).delete()[0]


def _unknown(before: datetime, *, pruned: Pruned, dry_run: bool) -> None:
    closed = UnknownDelivery.objects.filter(closed_at__lt=before)
    pruned.unknown += closed.count() if dry_run else closed.delete()[0]
