"""How often a service may ask: counted in the ledger, as several processes answer it."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from rest_framework.exceptions import Throttled

from eventlog.models import ApiUse
from webhooks.inserting import insert_new


def take(caller: str, *, now: datetime) -> None:
    """Counts a call. Raises Throttled; the next minute begins anew.

    Refused calls count as well: who does not wait is let in no sooner.
    """
    minute = now.replace(second=0, microsecond=0)
    with transaction.atomic():
        if _counted(caller, minute):
            calls = ApiUse.objects.values_list("count", flat=True).get(pk=caller)
        else:
            first = ApiUse(caller=caller, minute=minute, count=0)
            insert_new([first], unless="(caller)")
            _counted(caller, minute)
            calls = 1
    if calls > settings.API_CALLS_PER_MINUTE:
        raise Throttled


def seconds_left(now: datetime) -> int:
    """How long it is until the next minute."""
    return 60 - now.second


def _counted(caller: str, minute: datetime) -> bool:
    """Counts within this minute, or begins to; the row is held until the transaction ends."""
    within = When(Q(minute__gte=minute), then=F("count") + 1)
    counted = ApiUse.objects.filter(pk=caller).update(
        count=Case(within, default=Value(1)),
        minute=Case(When(Q(minute__gte=minute), then=F("minute")), default=Value(minute)),
    )
    return bool(counted)
