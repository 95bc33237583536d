"""Looks that find what a test says, and rounds of them."""

from collections.abc import Sequence
from datetime import datetime

from eventlog.attention.notice import Look, Notice, Severity
from eventlog.models import Problem, ProblemKind
from eventlog.problems.rounds import Looked, look_round
from tests.eventlog.figures.ledger import NOON


def notice(
    subject: str = "a",
    *,
    kind: ProblemKind = ProblemKind.OVERDUE,
    severity: Severity = Severity.URGENT,
    count: int = 1,
    lease_number: str = "",
    last_at: datetime | None = None,
) -> Notice:
    """Something that is wrong."""
    return Notice(
        kind=kind,
        subject=subject,
        severity=severity,
        words=f"It is {subject}.",
        count=count,
        lease_number=lease_number,
        last_at=last_at,
    )


def look(*found: Notice) -> Look:
    """Somebody who finds just this."""
    kinds = frozenset({ProblemKind.OVERDUE, ProblemKind.SKIPPED})
    return Look(subject="overdue events", kinds=kinds, find=lambda _: found)


def _breaks_off(_: datetime) -> Sequence[Notice]:
    raise ValueError


BLIND = Look(subject="overdue events", kinds=frozenset({ProblemKind.OVERDUE}), find=_breaks_off)


def rounds(*found: Notice, now: datetime = NOON) -> Looked:
    """A round in which this is found."""
    return look_round(now=now, looks=[look(*found)])


def only() -> Problem:
    """The problem that there is."""
    return Problem.objects.get()
