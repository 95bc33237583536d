"""The doctor before a ledger that is there, and whose clock it does not trust."""

from datetime import timedelta

import pytest

from operations.doctor import ledger
from operations.doctor.seen import Asked, Health

pytestmark = pytest.mark.django_db


def test_clocks_that_are_apart_are_told_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """However little that is, where nothing may be: the two are read one after the other."""
    assert [each.health for each in ledger.look(Asked())] == [Health.WELL] * 3
    monkeypatch.setattr(ledger, "CLOCKS_APART", timedelta(microseconds=-1))
    *others, seen = ledger.look(Asked())
    assert [each.health for each in others] == [Health.WELL] * 2
    assert seen.health == Health.WRONG
    assert seen.words == "The clocks of the database and of this process differ by 0 s."
    assert "identity tokens are refused by a wrong clock" in seen.remedy
