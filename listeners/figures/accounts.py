"""Items in = items accounted: every item of a delivery is an event that somebody sees to."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q

from listeners.log.windows import Window, deliveries_in, events_in
from listeners.restores.unknown import still_open
from webhooks.models import PRUNED, Delivery, Event
from webhooks.outcomes import OPEN, SETTLED

# So much of the ledger is compared at a time. No delivery is split: its events bear its moment.
STEP = timedelta(hours=6)
# The sweeper comes every minute; what is due for longer is seen to by nobody.
OVERDUE = timedelta(minutes=15)
NAMED_AT_MOST = 20  # odd deliveries

UNEXPLAINED = Q(state__in=SETTLED) & (Q(reason="") | Q(settled_at=None))


@dataclass(kw_only=True, slots=True)
class Account:
    """What went in and what became of it."""

    deliveries: int = 0
    items: int = 0  # as counted when the deliveries came
    events: int = 0
    settled: int = 0
    odd_deliveries: int = 0  # that have more or fewer events than items
    forgotten: int = 0  # open events that nobody will look at, or nobody does
    unexplained: int = 0  # settled events without a reason or a time
    unknown_deliveries: int = 0  # that tasks name and the ledger has not, whenever they came
    odd: list[UUID] = field(default_factory=list)  # some of the odd deliveries

    @property
    def open(self) -> int:
        """Events that are on their way."""
        return self.events - self.settled

    @property
    def balanced(self) -> bool:
        """Whether each item has its event, and each event its outcome or somebody to see to it."""
        return not (
            self.odd_deliveries or self.forgotten or self.unexplained or self.unknown_deliveries
        )


def balance(window: Window, *, now: datetime) -> Account:
    """Compares deliveries and events that were received in the window."""
    account = Account(unknown_deliveries=still_open().count())
    for part in _parts(window, now=now):
        _add_deliveries(account, part)
        _add_events(account, part, now=now)
    return account


def _parts(window: Window, *, now: datetime) -> Iterator[Window]:
    """Cuts the window into parts of one step. Reads when the ledger begins, if it is open there."""
    start = window.start
    if start is None:
        oldest = Delivery.objects.order_by("pk").values_list("received_at", flat=True).first()
        start = oldest - OVERDUE if oldest else now
    end = window.end or now + OVERDUE
    while start < end:
        yield Window(start=start, end=min(start + STEP, end))
        start += STEP


def _add_deliveries(account: Account, part: Window) -> None:
    rows = (
        Delivery.objects.filter(~PRUNED, deliveries_in(part))
        .order_by()
        .annotate(event_count=Count("events"))
        .values_list("pk", "item_count", "event_count")
    )
    for delivery, items, events in rows.iterator(chunk_size=5000):
        account.deliveries += 1
        account.items += items
        if items != events:
            account.odd_deliveries += 1
            account.odd += [delivery] if len(account.odd) < NAMED_AT_MOST else []


def _add_events(account: Account, part: Window, *, now: datetime) -> None:
    counts = Event.objects.filter(events_in(part)).aggregate(
        events=Count("pk"),
        settled=Count("pk", filter=Q(state__in=SETTLED)),
        unexplained=Count("pk", filter=UNEXPLAINED),
        forgotten=Count(
            "pk",
            filter=Q(state__in=OPEN) & (Q(check_at=None) | Q(check_at__lt=now - OVERDUE)),
        ),
    )
    account.events += counts["events"]
    account.settled += counts["settled"]
    account.unexplained += counts["unexplained"]
    account.forgotten += counts["forgotten"]
