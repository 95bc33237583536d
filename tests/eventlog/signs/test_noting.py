"""Signs are added up by five minutes, and forgotten after a week."""

from datetime import timedelta

import pytest

from eventlog.models import ProblemKind, Sign
from eventlog.signs.noting import SignKey, forget, note, seen_since
from tests.rows import NOON

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
ONE, OTHER = (SignKey(ProblemKind.SKIPPED, word) for word in ("no_person", "group"))


def test_what_is_seen_in_five_minutes_is_one_row() -> None:
    note({ONE: 2, OTHER: 1}, now=NOON)
    note({ONE: 3}, now=NOON + 4 * MINUTE)
    note({ONE: 5}, now=NOON + 5 * MINUTE)
    assert Sign.objects.count() == 3
    seen, other = seen_since(ProblemKind.SKIPPED, NOON + 2 * MINUTE)
    assert (seen.subject, seen.count) == ("no_person", 10)
    assert (seen.first_at, seen.last_at) == (NOON, NOON + 5 * MINUTE)
    assert (other.subject, other.count) == ("group", 1)
    [later] = seen_since(ProblemKind.SKIPPED, NOON + 6 * MINUTE)
    assert later.count == 5
    assert seen_since(ProblemKind.FAILED, NOON) == []


def test_what_is_older_than_a_week_is_forgotten() -> None:
    note({ONE: 1}, now=NOON)
    forget(now=NOON + timedelta(days=8))
    assert Sign.objects.exists()
    forget(now=NOON + timedelta(days=8, minutes=1))
    assert not Sign.objects.exists()
