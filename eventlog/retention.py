"""Retention: deletes what was received long ago, and the personal data with it.

Of a delivery a row without bytes and headers stays: by its digest the same bytes are known again
whenever somebody sends them, since a signed payload bears no time (one text, one document).
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from eventlog.chunks import chunks
from eventlog.models import ReplayedEvent, ReplayJob
from eventlog.questions.same import with_messages
from listeners.models import Placement, TaskRun, UnknownDelivery, UnreadableTask
from listeners.placements import key_of
from webhooks.conditions import WITHOUT_ITEMS
from webhooks.models import Delivery, Event, SweeperTask
from webhooks.outcomes import OPEN
from webhooks.whatsapp.items import MAKING

# Meta sends again for seven days, the sweeper tries for one; people look back for longer.
SHORTEST = timedelta(days=30)
# In one transaction. A delivery is not split, however many events it has: half of one would be
# taken for damaged. Meta puts up to 1000 items into one.
EVENTS_AT_A_TIME = 2000
DELIVERIES_AT_A_TIME = 100
ROWS_AT_A_TIME = 1000  # that are read to be deleted or changed one by one


@dataclass(kw_only=True, slots=True)
class Pruned:
    """What was deleted; of a dry run, what would be."""

    events: int = 0
    deliveries: int = 0  # whose bytes, headers and items are gone
    repeats: int = 0
    replays: int = 0
    unknown: int = 0  # unknown deliveries that were closed; open ones stay
    unreadable: int = 0  # unreadable tasks, open ones too: their bytes may tell of people
    kept: int = 0  # deliveries as old that have an open event or were replayed since


def prune(*, before: datetime, dry_run: bool = False) -> Pruned:
    """Deletes what was received before a moment, the oldest first, in small transactions.

    A delivery stays whole while one of its events is open or was replayed since that moment. May
    be broken off at any time, and run beside everything else, itself included: what one has taken
    up the other leaves. Raises Django's database errors.
    """
    pruned = Pruned()
    for batch in _batches(before):
        with transaction.atomic():
            taken = batch if dry_run else _take(batch)
            busy = _busy(taken, before=before)
            pruned.kept += len(busy)
            (_count if dry_run else _delete)(taken - busy, pruned=pruned)
    for rest in (_without_items, _repeats, _replays, _unknown, _unreadable):
        rest(before, pruned=pruned, dry_run=dry_run)
    return pruned


def _batches(before: datetime) -> Iterator[set[UUID]]:
    """The deliveries that have events; the first event of each stands for it."""
    firsts = Event.objects.filter(position=0, received_at__lt=before).order_by("received_at", "pk")
    last = (datetime.min.replace(tzinfo=UTC), 0)
    while True:
        further = Q(received_at__gt=last[0]) | Q(pk__gt=last[1])
        rows = firsts.filter(further, received_at__gte=last[0])
        page = list(rows.values_list("received_at", "pk", "delivery_id")[:DELIVERIES_AT_A_TIME])
        if not page:
            return
        # Apart from the events, here and below: joined to them, a table might be read for a few.
        found = Delivery.objects.filter(pk__in=[delivery for *_, delivery in page])
        items = dict(found.values_list("pk", "item_count"))
        yield from _parts((delivery, items[delivery]) for *_, delivery in page)
        last = page[-1][:2]


def _parts(deliveries: Iterable[tuple[UUID, int]]) -> Iterator[set[UUID]]:
    part: set[UUID] = set()
    events = 0
    for delivery, items in deliveries:
        if part and events + items > EVENTS_AT_A_TIME:
            yield part
            part, events = set(), 0
        part.add(delivery)
        events += items
    yield part


def _take(deliveries: Collection[UUID]) -> set[UUID]:
    """Locks those that nobody else prunes, and their events: none is opened again meanwhile."""
    # Without the key: a repeat that comes meanwhile may refer to one.
    rows = Delivery.objects.filter(pk__in=deliveries).select_for_update(
        skip_locked=True, no_key=True
    )
    taken = set(rows.order_by("pk").values_list("pk", flat=True))
    events = Event.objects.select_for_update().filter(delivery__in=taken)
    list(events.order_by("pk").values_list("pk"))  # some thousands at most
    return taken


def _busy(deliveries: Collection[UUID], *, before: datetime) -> set[UUID]:
    rows = Event.objects.filter(delivery__in=deliveries).values_list("pk", "delivery_id", "state")
    events = {key: (delivery, state) for key, delivery, state in rows.order_by()}
    busy = {delivery for delivery, state in events.values() if state in OPEN}
    for part in _keys(events):
        since = ReplayedEvent.objects.filter(event__in=part, job__asked_at__gte=before)
        busy |= {events[key][0] for key in since.values_list("event_id", flat=True)}
    return busy


def _keys(events: Iterable[int]) -> Iterator[list[int]]:
    keys = list(events)
    return (keys[start : start + ROWS_AT_A_TIME] for start in range(0, len(keys), ROWS_AT_A_TIME))


def _count(deliveries: Collection[UUID], *, pruned: Pruned) -> None:
    pruned.events += Event.objects.filter(delivery__in=deliveries).count()
    pruned.deliveries += len(deliveries)


def _delete(deliveries: Collection[UUID], *, pruned: Pruned) -> None:
    if not deliveries:
        return
    events = Event.objects.filter(delivery__in=deliveries).order_by()
    for part in _keys(events.values_list("pk", flat=True)):
        ReplayedEvent.objects.filter(event__in=part).delete()
        _hand_over(Placement.objects.filter(event__in=part), deliveries)
        Placement.objects.filter(event__in=part).delete()
    TaskRun.objects.filter(delivery__in=deliveries).delete()
    SweeperTask.objects.filter(delivery__in=deliveries).delete()
    # Django's delete() would first read every event, to look for what refers to it: nothing does.
    pruned.events += events._raw_delete(events.db)  # noqa: SLF001
    pruned.deliveries += _empty(Delivery.objects.filter(pk__in=deliveries))


def _hand_over(some: Iterable[Placement], deliveries: Collection[UUID]) -> None:
    """Gives a text's placement to a younger event of the same text, which may be replayed yet."""
    placements = {key_of(each): each for each in some}
    heirs = Event.objects.exclude(delivery__in=deliveries).filter(
        with_messages([message_id for _, message_id in placements]), kind__in=MAKING
    )
    for heir in heirs.order_by("pk").only("lease_number", "message_id"):
        placement = placements.get(key_of(heir))
        if placement is not None:
            Placement.objects.filter(pk=placement.pk).update(event=heir)


def _empty(deliveries: QuerySet[Delivery]) -> int:
    """Counts those alone that nobody has deleted before; without events they have no mark."""
    emptied = deliveries.filter(body__isnull=True, emptied_at__isnull=False)
    before = emptied.update(emptied_at=None)
    return before + deliveries.filter(body__isnull=False).update(body=None, headers={})


def _without_items(before: datetime, *, pruned: Pruned, dry_run: bool) -> None:
    events = Event.objects.filter(delivery=OuterRef("pk"))
    found = Delivery.objects.filter(WITHOUT_ITEMS, ~Exists(events), received_at__lt=before)
    pruned.deliveries += found.count() if dry_run else _empty(found)


def _repeats(before: datetime, *, pruned: Pruned, dry_run: bool) -> None:
    """Those whose first delivery has been emptied; of what is kept, the repeats are kept too."""
    found = Delivery.objects.filter(received_at__lt=before, repeat_of__isnull=False)
    if dry_run:
        pruned.repeats += found.count()
        return
    rows = found.values_list("pk", "repeat_of_id", "received_at")
    for chunk in chunks(rows, by="received_at", value=lambda row: row[2], size=ROWS_AT_A_TIME):
        firsts = Delivery.objects.filter(pk__in={first for _, first, _ in chunk})
        emptied = set(firsts.filter(body__isnull=True).values_list("pk", flat=True))
        keys = [key for key, first, _ in chunk if first in emptied]
        if not keys:
            continue
        repeats = Delivery.objects.filter(pk__in=keys)
        # As above: of a repeat nothing is kept but its row, so nothing refers to it.
        pruned.repeats += repeats._raw_delete(repeats.db)  # noqa: SLF001


def _replays(before: datetime, *, pruned: Pruned, dry_run: bool) -> None:
    finished = ReplayJob.objects.filter(asked_at__lt=before, state=ReplayJob.State.FINISHED)
    if dry_run:
        pruned.replays += finished.count()
    else:
        pruned.replays += finished.filter(events=None).delete()[0]


def _unknown(before: datetime, *, pruned: Pruned, dry_run: bool) -> None:
    closed = UnknownDelivery.objects.filter(closed_at__lt=before)
    pruned.unknown += closed.count() if dry_run else closed.delete()[0]


def _unreadable(before: datetime, *, pruned: Pruned, dry_run: bool) -> None:
    found = UnreadableTask.objects.filter(last_seen_at__lt=before)
    pruned.unreadable += found.count() if dry_run else found.delete()[0]
