"""How long events took or have been open, and how often they were tried: no index tells."""

from datetime import datetime, timedelta

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from webhooks.conditions import IS_OPEN


def took_at_least(length: timedelta) -> Q:
    """Settled so long after they came or later; what was opened again, after that."""
    return Q(settled_at__gte=Coalesce(F("reopened_at"), F("received_at")) + length)


def open_since(moment: datetime) -> Q:
    """Open, and have been since then or longer."""
    kept_open = Q(reopened_at__isnull=True) | Q(reopened_at__lte=moment)
    return IS_OPEN & Q(received_at__lte=moment) & kept_open


def had_to_wait() -> Q:
    """For the message that it is about, at least once."""
    return Q(waits__gt=0)


def tried_at_least(tries: int) -> Q:
    """Tried so often: once, and once more after each wait and each round of the sweeper."""
    return Q(waits__gte=tries - 1 - F("rounds"))
