"""Problems as pages show them: which there are, and whether anybody has looked of late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.timezone import localtime

from eventlog.attention.notice import Severity, address
from eventlog.models import LookMark, Problem, ProblemKind
from visn_whatsapp.explained import Labelled
from webhooks.chores import LATE, Chore

SHOWN_AT_MOST = 100
ORDER = list(Severity)


class Shown(Labelled):
    """Which problems are wanted."""

    UNRESOLVED = "unresolved", "Not resolved"
    RESOLVED = "resolved", "Resolved"
    ALL = "all", "All"


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One problem, ready for a template."""

    row: Problem
    kind: ProblemKind
    severity: Severity
    url: str  # of what shows its events; empty: nothing does

    @property
    def is_calm(self) -> bool:
        """Whether nobody has to hear of it now."""
        return self.row.state != Problem.State.OPEN


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """How it stands with problems now."""

    lines: Sequence[Line]  # open or acknowledged, the worst first
    more: bool  # there are more than these
    ignored: int
    looked_at: datetime | None  # None: never
    is_late: bool  # nobody has looked for so long that nothing is known


def line(row: Problem) -> Line:
    """Makes what a page shows of a row."""
    return Line(
        row=row,
        kind=ProblemKind.of(row.kind),
        severity=Severity.of(row.severity),
        url=address(row.page, row.query),
    )


def standing(*, now: datetime) -> Standing:
    """What needs attention, in two queries. Raises Django's database errors."""
    mark = LookMark.objects.first()
    looked_at = mark.looked_at if mark else None
    rows = list(Problem.objects.exclude(state=Problem.State.RESOLVED)[: SHOWN_AT_MOST + 1])
    lines = [line(row) for row in rows[:SHOWN_AT_MOST] if row.state != Problem.State.IGNORED]
    return Standing(
        lines=_worst_first(lines),
        more=len(rows) > SHOWN_AT_MOST,
        ignored=sum(row.state == Problem.State.IGNORED for row in rows),
        looked_at=localtime(looked_at) if looked_at else None,
        is_late=looked_at is None or now - looked_at > LATE[Chore.CATCH_UP],
    )


def is_any_open() -> bool:
    """Whether something is wrong that nobody has taken up: then no page says that all is well."""
    return Problem.objects.exclude(state=Problem.State.RESOLVED).filter(state="open").exists()


def listed(shown: Shown) -> tuple[Sequence[Line], bool]:
    """The problems that are wanted, seen last first, and whether there are more."""
    rows = Problem.objects.all()
    if shown == Shown.RESOLVED:
        rows = rows.filter(state=Problem.State.RESOLVED)
    elif shown == Shown.UNRESOLVED:
        rows = rows.exclude(state=Problem.State.RESOLVED)
    found = list(rows[: SHOWN_AT_MOST + 1])
    lines = [line(row) for row in found[:SHOWN_AT_MOST]]
    in_order = _worst_first(lines) if shown == Shown.UNRESOLVED else lines
    return in_order, len(found) > SHOWN_AT_MOST


def _worst_first(lines: Sequence[Line]) -> Sequence[Line]:
    """What is open first, then what is taken up, then what is ignored; the worst first."""
    states = list(Problem.State)
    return sorted(
        lines,
        key=lambda each: (
            states.index(Problem.State(each.row.state)),
            ORDER.index(each.severity),
            each.row.pk,
        ),
    )
