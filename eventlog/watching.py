"""What the log tells once a minute of how the ledger stands, for whoever is alerted by it.

The metrics in `deploy/monitoring/` are made of these lines, so nobody else has to ask the ledger;
nor have the gauges over OpenTelemetry, where they are exported.
"""

import logging
import math
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from eventlog.attention.overdue import COUNTED_AT_MOST, PATIENCE
from eventlog.figures.counting import MINUTE, minute_of
from eventlog.figures.rhythm import Pulse, rhythms
from eventlog.questions.windows import OLDEST_FIRST
from visn_whatsapp.telemetry import metrics
from webhooks.chores import LATE, Chore, last_done
from webhooks.conditions import IS_OPEN
from webhooks.models import Event
from webhooks.outcomes import State

logger = logging.getLogger(__name__)

# A minute is told once the one after it is over too: a document within that time is seen in time.
LATEST = MINUTE
SHARE = 0.99  # of a minute's events, whose time is told
# Settled as it was read, so that no task ever started it.
WITHOUT_TASK = Q(started_at__isnull=True, settled_at__isnull=False)


def tell_the_log(*, now: datetime) -> None:
    """Writes the lines of this minute. Raises Django's database errors.

    `now` is the ledger's. In no line is anything about people, nor which lease number is silent:
    the front page says so.
    """
    _tell_standing(now=now)
    _tell_documents(now=now)
    _tell_late_chores(now=now)


def _tell_standing(*, now: datetime) -> None:
    """Tells what is open and too long so, which is 0 of everything while all is well."""
    found = Event.objects.filter(check_at__lt=now - PATIENCE).order_by()
    oldest = _seconds(_oldest(now=now))
    overdue = found.values("pk")[:COUNTED_AT_MOST].count()
    silent = sum(rhythm.pulse == Pulse.SILENT for rhythm in rhythms(now=now))
    logger.info(
        "This is how the ledger stands.",
        extra={"oldest": oldest, "overdue": overdue, "silent": silent},
    )
    metrics.tell(metrics.OLDEST, oldest)
    metrics.tell(metrics.OVERDUE, overdue)
    metrics.tell(metrics.SILENT, silent)


def to_be_applied() -> QuerySet[Event]:
    """What is still to be applied, the oldest first.

    One that waits for its message is not late, nor is one that was opened again.
    """
    found = Event.objects.filter(IS_OPEN, reopened_at=None).exclude(state=State.WAITING)
    return found.order_by(*OLDEST_FIRST)


def _oldest(*, now: datetime) -> timedelta:
    """How long ago the oldest of them came."""
    found = to_be_applied().values_list("received_at", flat=True).first()
    return now - found if found else timedelta()


def _tell_documents(*, now: datetime) -> None:
    """Tells how long a minute's events took, from Meta's POST to the document.

    What is still open has taken until now, so an outage is seen while it lasts. Nothing is told of
    a minute in which nothing came.
    """
    came = came_since(minute_of(now - LATEST) - MINUTE)
    moments = came.values_list("received_at", "settled_at")
    taken = sorted((settled or now) - received for received, settled in moments)
    if taken:
        logger.info(
            "This is how long a minute's events took.",
            extra={
                "count": len(taken),
                "seconds": _seconds(taken[math.ceil(len(taken) * SHARE) - 1]),
            },
        )


def came_since(start: datetime) -> QuerySet[Event]:
    """What came within a minute from then on, and has a task to be applied by, in no order."""
    return (
        Event.objects.filter(received_at__gte=start, received_at__lt=start + MINUTE)
        .filter(waits=0, reopened_at=None)
        .exclude(WITHOUT_TASK)
        .order_by()
    )


def _tell_late_chores(*, now: datetime) -> None:
    """Tells what was not done in time; it is catching up that tells it, so not of itself.

    Of what never was done, the doctor tells.
    """
    for chore, done_at in last_done().items():
        if chore != Chore.CATCH_UP and now - done_at > LATE[chore]:
            logger.error("A chore was not done in time.", extra={"kind": chore})


def _seconds(duration: timedelta) -> float:
    return round(max(duration, timedelta()).total_seconds(), 3)
