"""Windows in which a text may have been written by somebody whom this ledger does not remember."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from listeners.models import RestoreWindow
from webhooks.whatsapp.items import Item, messages_of

What = RestoreWindow.What

LOOKING = (What.LEDGER, What.CUT_OVER)
# Added to the moment at which a window is opened: processes of before may end a task meanwhile,
# and Meta's clock is not ours.
SLACK = timedelta(minutes=5)
# For a statement that reads the ledger anyway: nearly always there is none.
ANY_LOOKING = (
    "EXISTS (SELECT 1 FROM listeners_restorewindow "
    "WHERE closed_at IS NULL AND what IN ('ledger', 'cut_over'))"
)


class NoSuchWindow(Exception):
    """There is no window of this number that is open."""


def begin(
    what: RestoreWindow.What, *, since: datetime | None, until: datetime | None, now: datetime
) -> RestoreWindow:
    """Opens a window."""
    return RestoreWindow.objects.create(what=what, since=since, until=until, opened_at=now)


def end(number: int, *, now: datetime) -> None:
    """Closes a window. Raises NoSuchWindow."""
    if not open_windows().filter(pk=number).update(closed_at=now):
        raise NoSuchWindow


def open_windows() -> QuerySet[RestoreWindow]:
    """Those that nobody has closed."""
    return RestoreWindow.objects.filter(closed_at=None)


def sought(items: Iterable[Item]) -> frozenset[int]:
    """The positions of texts that are to be looked for: those written before a window's end.

    There is no lower bound: a text that was written long before may have been received late, or
    replayed, in the time that is forgotten.
    """
    ends = list(open_windows().filter(Q(what__in=LOOKING)).values_list("until", flat=True))
    return frozenset(
        item.position
        for item in messages_of(items)
        if any(until is None or item.occurred_at < until for until in ends)
    )
