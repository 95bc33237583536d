"""What people do with a problem: take it up, say that it is over, let it rest for a while."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from django.contrib.auth.models import User
from django.db import transaction

from eventlog.models import Problem, ProblemChange

State: TypeAlias = Problem.State
What: TypeAlias = ProblemChange.What


@dataclass(frozen=True, kw_only=True, slots=True)
class By:
    """Who does something, and when: the database's time."""

    user: User
    now: datetime


def acknowledge(key: int, *, by: By) -> Problem | None:
    """Somebody takes it up, who is its owner from then on. What was resolved stays so."""

    def change(row: Problem) -> What | None:
        if row.state == State.RESOLVED:
            return None
        row.state, row.ignored_until = State.ACKNOWLEDGED, None
        row.owner, row.owner_name = by.user, by.user.get_username()
        return What.ACKNOWLEDGED

    return _changed(key, change, by=by)


def resolve(key: int, *, by: By) -> Problem | None:
    """Somebody says that it is over. It opens again once it is seen again."""

    def change(row: Problem) -> What | None:
        if row.state == State.RESOLVED:
            return None
        row.state, row.resolved_at, row.ignored_until = State.RESOLVED, by.now, None
        return What.RESOLVED

    return _changed(key, change, by=by)


def ignore(key: int, *, until: datetime, by: By) -> Problem | None:
    """Nobody hears of it until then, whether or not it is seen."""

    def change(row: Problem) -> What | None:
        if row.state == State.RESOLVED or until <= by.now:
            return None
        row.state, row.ignored_until = State.IGNORED, until
        return What.IGNORED

    return _changed(key, change, by=by)


def note_down(key: int, note: str, *, by: By) -> Problem | None:
    """Keeps in place of the note what somebody writes."""

    def change(row: Problem) -> What | None:
        if row.note == note:
            return None
        row.note = note
        return What.NOTED

    return _changed(key, change, by=by)


def _changed(key: int, change: Callable[[Problem], What | None], *, by: By) -> Problem | None:
    """Holds the row meanwhile, and keeps who did what. None: there is no such problem."""
    with transaction.atomic():
        row = Problem.objects.select_for_update().filter(pk=key).first()
        what = change(row) if row else None
        if row and what:
            row.save()
            ProblemChange.objects.create(
                problem=row, what=what, at=by.now, by_name=by.user.get_username()
            )
        return row
