"""Items in = items accounted: every item of a delivery is an event that somebody sees to."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, F, IntegerField, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from eventlog.questions.windows import Window, received_in
from listeners.restores.unknown import still_open
from visn_whatsapp.findings import Finding
from webhooks.conditions import PRUNED
from webhooks.models import Delivery, Event
from webhooks.outcomes import OPEN, SETTLED

# So much of the ledger is compared at a time. No delivery is split: its events bear its moment.
PART = timedelta(hours=6)
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
    due: int = 0  # open events whose time has come, but not long enough ago to be forgotten
    forgotten: int = 0  # open events that nobody will look at, or nobody does
    unexplained: int = 0  # settled events without a reason or a time
    unknown_deliveries: int = 0  # that tasks name and the ledger has not, whenever they came
    uncompared: int = 0  # rows of the window, where none was found to compare
    odd: list[UUID] = field(default_factory=list)  # some of the odd deliveries

    @property
    def open(self) -> int:
        """Events that are on their way."""
        return self.events - self.settled

    @property
    def balanced(self) -> bool:
        """Whether each item has its event, and each event its outcome or somebody to see to it."""
        odd = self.odd_deliveries or self.forgotten or self.unexplained or self.unknown_deliveries
        return self.items == self.events and not odd

    @property
    def finding(self) -> Finding:
        """What the comparison came to."""
        if self.uncompared:
            return Finding.CANNOT_TELL
        if not self.balanced:
            return Finding.WRONG
        return Finding.WELL if self.deliveries else Finding.NOTHING


def balance(window: Window, *, now: datetime) -> Account:
    """Compares deliveries and events that were received in the window.

    `now` is the ledger's. Raises Django's database errors.
    """
    account = Account(unknown_deliveries=still_open().count())
    for part in _parts(window, now=now):
        _add_totals(account, part, now=now)
        _add_odd(account, part)
    if not account.deliveries and not account.events:
        rows = (_deliveries(window), Event.objects.filter(received_in(window)))
        account.uncompared = sum(each.count() for each in rows)
    return account


def _deliveries(window: Window) -> QuerySet[Delivery]:
    return Delivery.objects.filter(~PRUNED, received_in(window))


def _parts(window: Window, *, now: datetime) -> Iterator[Window]:
    """Cuts the window into parts. Where it is open, so is its first or last part."""
    cut, end = window.start or _beginning(now), window.end or now
    start = window.start
    while cut + PART < end:
        cut += PART
        yield Window(start=start, end=cut)
        start = cut
    yield Window(start=start, end=window.end)


def _beginning(now: datetime) -> datetime:
    oldest = Delivery.objects.order_by("received_at").values_list("received_at", flat=True)
    return oldest.first() or now


def _add_totals(account: Account, part: Window, *, now: datetime) -> None:
    """Counts both sides in one statement, and so at one moment, whatever comes meanwhile."""
    is_open, overdue = Q(state__in=OPEN), now - OVERDUE
    counted = {
        "settled": Count("pk", filter=Q(state__in=SETTLED)),
        "unexplained": Count("pk", filter=UNEXPLAINED),
        "forgotten": Count("pk", filter=is_open & (Q(check_at=None) | Q(check_at__lt=overdue))),
        "due": Count("pk", filter=is_open & Q(check_at__gte=overdue, check_at__lt=now)),
    }
    nothing = {name: Value(0) for name in counted}
    items = Coalesce(Sum("item_count"), 0, output_field=IntegerField())
    came: QuerySet[Any, Any] = _deliveries(part).order_by().values(side=Value("in"))
    became: QuerySet[Any, Any] = (
        Event.objects.filter(received_in(part)).order_by().values(side=Value("out"))
    )
    came = came.annotate(rows=Count("pk"), items=items, **nothing)
    became = became.annotate(rows=Count("pk"), items=Value(0), **counted)
    # In no order: from Django 6.1 on, the model's own would be asked for.
    for row in came.union(became, all=True).order_by():
        account.deliveries += row["rows"] if row["side"] == "in" else 0
        account.events += row["rows"] if row["side"] == "out" else 0
        account.items += row["items"]
        account.settled += row["settled"]
        account.unexplained += row["unexplained"]
        account.forgotten += row["forgotten"]
        account.due += row["due"]


def _add_odd(account: Account, part: Window) -> None:
    """Compares delivery by delivery: two that make up for each other are both odd."""
    rows = _deliveries(part).order_by().annotate(event_count=Count("events"))
    odd = rows.exclude(item_count=F("event_count")).values_list("pk", flat=True)
    for delivery in odd.iterator(chunk_size=5000):
        account.odd_deliveries += 1
        account.odd += [delivery] if len(account.odd) < NAMED_AT_MOST else []
