"""What is told of a change: words without personal data, and where to look."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings

from eventlog.attention.notice import Severity
from eventlog.models import Notification, Problem, ProblemChange, ProblemKind
from eventlog.questions.masking import MASKED

What = ProblemChange.What


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """What one channel is given at once."""

    key: str  # the same whenever the same is told again: 32 hexadecimal digits
    notifications: tuple[int, ...]  # ids of what it tells
    title: str
    body: str
    is_bad: bool  # something opened
    is_over: bool  # something was resolved
    severity: Severity
    problem: int | None  # its id, where it is about one
    digest: date | None = None  # the day that it sums up, if it does


def letter(notification: Notification) -> Letter:
    """Tells one change; without a change it is a test."""
    change = notification.change
    if change is None:
        return Letter(
            key=key([notification]),
            notifications=(notification.pk,),
            title="A test of this channel",
            body=f"Somebody asked for it in the event log. Nothing is wrong. {settings.ADMIN_URL}",
            is_bad=False,
            is_over=False,
            severity=Severity.WARNING,
            problem=None,
        )
    row = change.problem
    return Letter(
        key=key([notification]),
        notifications=(notification.pk,),
        title=_title(change, row),
        body="\n".join(filter(None, (number(row), row.words, address(row)))),
        is_bad=change.what in (What.OPENED, What.OPENED_AGAIN),
        is_over=change.what == What.RESOLVED,
        severity=Severity.of(row.severity),
        problem=row.pk,
    )


def together(notifications: Sequence[Notification]) -> Letter:
    """Tells many changes at once, the oldest first."""
    letters = [letter(each) for each in notifications]
    order = list(Severity)
    return Letter(
        key=key(notifications),
        notifications=tuple(each.pk for each in notifications),
        title=f"{len(letters)} changes of problems",
        body="\n\n".join(filter(None, (settings.ADMIN_URL, *_each(letters)))),
        is_bad=any(each.is_bad for each in letters),
        is_over=False,
        severity=min((each.severity for each in letters), key=order.index),
        problem=None,
    )


def key(notifications: Sequence[Notification]) -> str:
    """Stands for these; by their moments too, since ids may come again after a restore."""
    words = (f"{each.pk} {each.created_at.isoformat()}" for each in notifications)
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:32]


def _each(letters: Sequence[Letter]) -> Iterator[str]:
    return (f"{letter.title}\n{letter.body}" for letter in letters)


def address(row: Problem) -> str:
    """Where the problem is shown; empty where nobody has said where the event log is."""
    return f"{settings.ADMIN_URL.rstrip('/')}/problems/{row.pk}/" if settings.ADMIN_URL else ""


def number(row: Problem) -> str:
    """Which lease number it is about, masked, if it is about one."""
    return f"Lease number {MASKED.number(row.lease_number)}." if row.lease_number else ""


def _title(change: ProblemChange, row: Problem) -> str:
    label = ProblemKind.of(row.kind).label
    return f"{What(change.what).label}: {label} (problem {row.pk}, {row.severity})"
