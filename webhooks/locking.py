"""Rows that several change at once, taken in one order: they wait for, and not upon, each other."""

from collections.abc import Collection

from webhooks.models import Event


def take(events: Collection[int]) -> None:
    """Locks these events until the transaction ends. SQLite has one writer and locks nothing."""
    if len(events) > 1:
        list(Event.objects.select_for_update().filter(pk__in=events).order_by("pk").only("pk"))
