"""Keeps what looks have found: a problem opens, goes on, ends by itself and opens again.

Whoever keeps holds the mark of looks, so two rounds at once take turns, and a unique key holds the
same against whatever else writes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from django.db.models import Q

from eventlog.attention.looks import Findings
from eventlog.attention.notice import Notice
from eventlog.models import Problem, ProblemChange, ProblemKind
from eventlog.signs.rules import Rule

State: TypeAlias = Problem.State
What: TypeAlias = ProblemChange.What
Key = tuple[str, str]  # kind and subject
Rules = Mapping[ProblemKind, Rule]

FORGOTTEN_AFTER = timedelta(days=400)  # as long as figures are kept
KEYS_AT_A_TIME = 500


def keep(found: Findings, *, rules: Rules, now: datetime) -> Sequence[ProblemChange]:
    """Writes what has become of each problem, and returns what has changed.

    Within a transaction that holds the mark of looks. Raises Django's database errors.
    """
    watched = {_key(each): each for each in found.notices if rules[each.kind].is_watched}
    rows = {(row.kind, row.subject): row for row in _rows(watched, rules)}
    changes: list[ProblemChange] = []
    for key, notice in watched.items():
        is_enough = notice.count >= rules[notice.kind].at_least
        row = rows.get(key)
        if row is None:
            changes += [_opened(notice, now=now)] if is_enough else []
        else:
            changes += _seen_again(row, notice, is_enough=is_enough, now=now)
    for row in rows.values():
        if ProblemKind.of(row.kind) not in found.unseen:
            changes += _gone_on(row, rules[ProblemKind.of(row.kind)].quiet, now=now)
    ProblemChange.objects.bulk_create(changes)
    Problem.objects.filter(state=State.RESOLVED, last_at__lt=now - FORGOTTEN_AFTER).delete()
    return changes


def _key(notice: Notice) -> Key:
    return notice.kind.value, notice.subject


def _rows(watched: Mapping[Key, Notice], rules: Rules) -> Iterator[Problem]:
    """Those that are not resolved, and those that may open again."""
    rows = Problem.objects.select_for_update().order_by("pk")
    yield from rows.filter(~Q(state="resolved"))
    resolved = rows.filter(state=State.RESOLVED)
    for kind in ProblemKind:
        subjects = [
            each.subject
            for each in watched.values()
            if each.kind == kind and each.count >= rules[kind].at_least
        ]
        for start in range(0, len(subjects), KEYS_AT_A_TIME):
            part = subjects[start : start + KEYS_AT_A_TIME]
            yield from resolved.filter(kind=kind.value, subject__in=part)


def _opened(notice: Notice, *, now: datetime) -> ProblemChange:
    first_at = min(notice.first_at or now, now)
    row = Problem(
        kind=notice.kind.value,
        subject=notice.subject,
        first_at=first_at,
        opened_at=first_at,
        last_at=first_at,
    )
    _describe(row, notice, now=now)
    row.save()
    return ProblemChange(problem=row, what=What.OPENED, at=now)


def _seen_again(
    row: Problem, notice: Notice, *, is_enough: bool, now: datetime
) -> Iterable[ProblemChange]:
    """What is open goes on however little of it is seen; what was resolved needs enough of it."""
    seen_at = notice.last_at or now
    if row.state != State.RESOLVED:
        _describe(row, notice, now=now)
        row.save()
        return []
    if not is_enough or (row.resolved_at and seen_at <= row.resolved_at):
        return []
    row.state, row.times = State.OPEN, row.times + 1
    row.opened_at = max(notice.first_at or now, row.resolved_at or row.last_at)
    row.resolved_at = row.owner = None
    row.owner_name = ""
    _describe(row, notice, now=now)
    row.save()
    return [ProblemChange(problem=row, what=What.OPENED_AGAIN, at=now)]


def _describe(row: Problem, notice: Notice, *, now: datetime) -> None:
    row.last_at = max(row.last_at, min(notice.last_at or now, now))
    row.severity, row.words = notice.severity.value, notice.words
    row.page, row.query, row.link = notice.page, notice.query, notice.link
    row.lease_number = notice.lease_number


def _gone_on(row: Problem, quiet: timedelta, *, now: datetime) -> Iterable[ProblemChange]:
    """What is quiet for long enough is over; what is ignored only once its time is, too."""
    is_over = now - row.last_at >= quiet and row.last_at < now
    waits = row.state == State.IGNORED and row.ignored_until and row.ignored_until > now
    if row.state == State.RESOLVED or waits:
        return []
    if is_over:
        row.state, row.resolved_at, row.ignored_until = State.RESOLVED, now, None
        what = What.RESOLVED
    elif row.state == State.IGNORED:
        row.state, row.ignored_until = State.OPEN, None
        what = What.OPENED_AGAIN
    else:
        return []
    row.save()
    return [ProblemChange(problem=row, what=what, at=now)]
