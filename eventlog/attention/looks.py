"""Everybody who looks whether something needs attention. A new one is a line here."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime

from eventlog.attention.drift import new_drift
from eventlog.attention.notice import Look, Notice, Severity
from eventlog.attention.overdue import overdue_events
from eventlog.attention.restores import restore_windows, unknown_deliveries
from eventlog.attention.unreadable import unreadable_tasks

logger = logging.getLogger(__name__)

LOOKS: Sequence[Look] = (
    Look(subject="overdue events", find=overdue_events),
    Look(subject="unknown deliveries", find=unknown_deliveries),
    Look(subject="open restore windows", find=restore_windows),
    Look(subject="unreadable tasks", find=unreadable_tasks),
    Look(subject="new departures from Meta's documents", find=new_drift),
)
ORDER = list(Severity)


def notices(*, now: datetime, looks: Iterable[Look] = LOOKS) -> list[Notice]:
    """Lets everybody look; the worst comes first, and nothing if all is well.

    Whoever cannot look says so, and is in nobody's way. The time is the database's.
    """
    found = [notice for look in looks for notice in _found_by(look, now=now)]
    return sorted(found, key=lambda notice: ORDER.index(notice.severity))


def _found_by(look: Look, *, now: datetime) -> Sequence[Notice]:
    try:
        return look.find(now)
    except Exception:
        logger.exception("A look at what needs attention broke off.")
        words = f"It could not be told whether there are {look.subject}. The log says why."
        return [Notice(severity=Severity.UNKNOWN, words=words)]
