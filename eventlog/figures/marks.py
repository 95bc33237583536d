"""How far the figures have come: it moves on with each step, back on demand, and is healed."""

from datetime import datetime

from django.db import transaction

from eventlog.figures.counting import ALL, MINUTE, minute_of
from eventlog.figures.spans import hour_of, oldest_kept
from eventlog.models import Figure, RollUp
from webhooks.inserting import insert_new
from webhooks.models import Event


def held_mark(*, now: datetime) -> RollUp:
    """Returns the mark; its row is held until the end of the transaction.

    A mark beyond `now` was left by somebody whose clock was wrong, and nothing has been counted
    since: it goes back to where figures end.
    """
    mark = RollUp.objects.select_for_update().first()
    if mark is None:
        start = max(_beginning(now), oldest_kept(Figure.Span.MINUTE, now=now))
        # Whoever is first: the other finds the row once it is committed.
        insert_new([RollUp(pk=1, rolled_up_to=start, changes_until=now)], unless="(id)")
        mark = RollUp.objects.select_for_update().get()
    if lies_ahead(mark, now=now):
        end = _end_of_figures(now)
        mark.rolled_up_to, mark.changes_until = end, min(mark.changes_until, end)
    return mark


def lies_ahead(mark: RollUp, *, now: datetime) -> bool:
    """Whether the mark says of a time to come that it has been counted."""
    ahead = now + MINUTE
    return mark.rolled_up_to > ahead or mark.changes_until > ahead


def go_back(moment: datetime, *, now: datetime) -> None:
    """Lets everything from a moment on be counted again by the next rounds.

    No further back than anything is kept of: figures of hours, and events.
    """
    start = max(hour_of(moment), oldest_kept(Figure.Span.HOUR, now=now), hour_of(_beginning(now)))
    with transaction.atomic():
        mark = held_mark(now=now)
        mark.rolled_up_to = min(mark.rolled_up_to, start)
        mark.save()


def _beginning(now: datetime) -> datetime:
    first = Event.objects.order_by("received_at").values_list("received_at", flat=True).first()
    return minute_of(first or now)


def _end_of_figures(now: datetime) -> datetime:
    """The last minute that anything was counted in. From then on nothing is known."""
    counted = Figure.objects.filter(span=Figure.Span.MINUTE, lease_number=ALL, start__lte=now)
    last = counted.order_by("-start").values_list("start", flat=True).first()
    return last or max(_beginning(now), oldest_kept(Figure.Span.MINUTE, now=now))
