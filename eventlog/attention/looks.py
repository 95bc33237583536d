"""Everybody who looks whether something needs attention. A new one is a line here."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from eventlog.attention.channels import failing_channels
from eventlog.attention.chores import late_chores
from eventlog.attention.counted import COUNTED, counted
from eventlog.attention.drift import new_drift
from eventlog.attention.notice import Look, Notice, Severity
from eventlog.attention.overdue import overdue_events
from eventlog.attention.restores import restore_windows, unknown_deliveries
from eventlog.attention.retries import tasks_tried_again
from eventlog.attention.silence import silent_numbers
from eventlog.attention.unreadable import unreadable_tasks
from eventlog.models import ProblemKind as Kind

logger = logging.getLogger(__name__)

# What stands so whether or not anybody has counted.
STANDING: Sequence[Look] = (
    Look(
        subject="overdue events",
        kinds=frozenset({Kind.QUEUE, Kind.OVERDUE}),
        find=overdue_events,
    ),
    Look(subject="unknown deliveries", kinds=frozenset({Kind.UNKNOWN}), find=unknown_deliveries),
    Look(subject="open restore windows", kinds=frozenset({Kind.RESTORE}), find=restore_windows),
    Look(subject="unreadable tasks", kinds=frozenset({Kind.UNREADABLE}), find=unreadable_tasks),
    Look(
        subject="new departures from Meta's documents",
        kinds=frozenset({Kind.DRIFT}),
        find=new_drift,
    ),
)
LOOKS: Sequence[Look] = (
    *STANDING,
    Look(subject="late chores", kinds=frozenset({Kind.CHORE}), find=late_chores),
    Look(
        subject="tasks that are tried again",
        kinds=frozenset({Kind.FIRESTORE}),
        find=tasks_tried_again,
    ),
    Look(subject="channels that fail", kinds=frozenset({Kind.CHANNEL}), find=failing_channels),
    Look(subject="silent numbers", kinds=frozenset({Kind.SILENT}), find=silent_numbers),
    Look(subject="events that end badly", kinds=COUNTED, find=counted),
)
ORDER = list(Severity)


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """What was found, and what could not be looked at."""

    notices: Sequence[Notice]  # the worst first
    unseen: frozenset[Kind]  # of these kinds nobody can say whether there are any


def look_at_all(*, now: datetime, looks: Iterable[Look] = LOOKS) -> Findings:
    """Lets everybody look; nothing is found if all is well.

    Whoever cannot look says so, and is in nobody's way. The time is the database's.
    """
    found: list[Notice] = []
    unseen: frozenset[Kind] = frozenset()
    for look in looks:
        try:
            found += look.find(now)
        except Exception:
            logger.exception("A look at what needs attention broke off.")
            found.append(_broken_off(look))
            unseen |= look.kinds
    worst_first = sorted(found, key=lambda notice: ORDER.index(notice.severity))
    return Findings(notices=worst_first, unseen=unseen)


def _broken_off(look: Look) -> Notice:
    return Notice(
        kind=Kind.LOOK,
        subject=look.subject,
        severity=Severity.UNKNOWN,
        words=f"It could not be told whether there are {look.subject}. The log says why.",
    )
