"""A round of looking for problems: everybody looks, and what was found is kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from eventlog.attention.counted import COUNTED
from eventlog.attention.looks import LOOKS, Findings, look_at_all
from eventlog.attention.notice import Look
from eventlog.figures.counting import minute_of
from eventlog.marks import held
from eventlog.models import LookMark, Problem, ProblemChange
from eventlog.problems.keeping import keep
from eventlog.signs.noting import SignKey, forget, note
from eventlog.signs.refusals import refused_since
from eventlog.signs.rules import make_rows, rules


@dataclass(frozen=True, kw_only=True, slots=True)
class Looked:
    """What a round came to."""

    changes: Sequence[ProblemChange]
    problems: Sequence[Problem]  # that are not resolved, the oldest first
    saw_all: bool  # False: some could not look


def look_round(*, now: datetime, looks: Iterable[Look] = LOOKS) -> Looked:
    """Looks for problems and keeps them. Any number may do so at once: they take turns.

    What a look cannot tell is a problem of its own, and leaves others as they are. Raises Django's
    database errors.
    """
    with transaction.atomic():
        mark = held(LookMark(pk=1))
        note(refused_since(mark, now=now), now=now)
        mark.save()
    found = look_at_all(now=now, looks=looks)
    with transaction.atomic():
        mark = held(LookMark(pk=1))
        changes = keep(found, rules=rules(), now=now)
        if mark.looked_at is None or minute_of(mark.looked_at) < minute_of(now):
            note(_minutes(found), now=now)
            make_rows()
        mark.looked_at = max(now, mark.looked_at or now)
        mark.save()
        forget(now=now)
    unresolved = Problem.objects.exclude(state=Problem.State.RESOLVED).order_by("opened_at", "pk")
    return Looked(changes=changes, problems=list(unresolved), saw_all=not found.unseen)


def open_ones(looked: Looked) -> Sequence[Problem]:
    """Those that nobody has taken up, and that nobody wants to be spared."""
    return [row for row in looked.problems if row.state == Problem.State.OPEN]


def _minutes(found: Findings) -> dict[SignKey, int]:
    """Of what stands so, a minute in which it was seen is one sign."""
    return {
        SignKey(notice.kind, notice.subject): 1
        for notice in found.notices
        if notice.kind not in COUNTED
    }
