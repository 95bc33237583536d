"""What nobody has chosen is as the release has it."""

from datetime import timedelta

import pytest

from eventlog.models import ProblemKind, ProblemRule
from eventlog.signs.rules import make_rows, rules

pytestmark = pytest.mark.django_db


def test_each_kind_has_its_default() -> None:
    found = rules()
    assert set(found) == set(ProblemKind)
    assert found[ProblemKind.SKIPPED].at_least == 20
    assert found[ProblemKind.SKIPPED].within == timedelta(hours=1)
    make_rows()
    make_rows()
    assert ProblemRule.objects.count() == len(ProblemKind)
    assert rules() == found


def test_what_was_chosen_counts() -> None:
    ProblemRule.objects.create(
        kind="skipped", at_least=3, within_minutes=10, quiet_minutes=0, is_watched=False
    )
    ProblemRule.objects.create(kind="silent", within_minutes=10)
    chosen = rules()[ProblemKind.SKIPPED]
    assert (chosen.at_least, chosen.is_watched) == (3, False)
    assert (chosen.within, chosen.quiet) == (timedelta(minutes=10), timedelta())
    # Of what stands so there is no time within which it is counted.
    assert rules()[ProblemKind.SILENT].within is None
