"""Refused requests are seen once, over midnight too."""

from datetime import timedelta

import pytest

from eventlog.models import LookMark, ProblemKind
from eventlog.signs.noting import SignKey
from eventlog.signs.refusals import refused_since
from tests.rows import NOON
from webhooks.models import RefusalCount

pytestmark = pytest.mark.django_db

MISMATCH = SignKey(ProblemKind.REFUSED, "mismatch")


def refuse(count: int, *, days: int = 0) -> None:
    day = (NOON + timedelta(days=days)).date()
    row, _ = RefusalCount.objects.get_or_create(day=day, cause="mismatch")
    row.count += count
    row.save()


def test_each_counts_once_and_those_of_before_never() -> None:
    refuse(7)
    mark = LookMark()
    assert refused_since(mark, now=NOON) == {}
    mark.looked_at = NOON
    refuse(3)
    assert refused_since(mark, now=NOON) == {MISMATCH: 3}
    assert refused_since(mark, now=NOON) == {}
    refuse(1)
    refuse(2, days=1)
    assert refused_since(mark, now=NOON + timedelta(days=1)) == {MISMATCH: 3}
    assert refused_since(mark, now=NOON + timedelta(days=2)) == {}
