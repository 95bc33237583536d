"""How much of each kind of problem somebody has to hear of: as people chose, or by default."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from eventlog.models import ProblemKind, ProblemRule
from webhooks.inserting import insert_new

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """When a problem of a kind opens, and when it is over."""

    is_watched: bool
    at_least: int
    within: timedelta | None  # None: of what stands so at the moment
    quiet: timedelta


def rules() -> Mapping[ProblemKind, Rule]:
    """The rule of each kind. One query. Raises Django's database errors."""
    chosen = {row.kind: row for row in ProblemRule.objects.all()}
    return {kind: rule_of(kind, chosen.get(kind)) for kind in ProblemKind}


def make_rows() -> None:
    """Makes the row of each kind that has none, so that people find it. Raises database errors."""
    insert_new([ProblemRule(kind=kind.value) for kind in ProblemKind], unless="(kind)")


def rule_of(kind: ProblemKind, chosen: ProblemRule | None) -> Rule:
    """The rule of one kind; of what nobody chose it is the release's."""
    if chosen is None:
        chosen = ProblemRule(kind=kind)
    within = kind.within
    if within and chosen.within_minutes:
        within = chosen.within_minutes * MINUTE
    quiet = kind.quiet if chosen.quiet_minutes is None else chosen.quiet_minutes * MINUTE
    return Rule(
        is_watched=chosen.is_watched,
        at_least=chosen.at_least or kind.at_least,
        within=within,
        quiet=quiet,
    )
