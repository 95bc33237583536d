"""Chores that are late: how soon somebody has to see to each."""

from datetime import timedelta

import pytest

from eventlog.attention.chores import late_chores
from eventlog.attention.notice import Severity
from tests.eventlog.figures.ledger import NOON
from webhooks import chores
from webhooks.chores import LATE, Chore

SECOND = timedelta(seconds=1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("chore", "severity"),
    [
        (Chore.SWEEPER, Severity.URGENT),
        (Chore.CATCH_UP, Severity.URGENT),
        (Chore.RETENTION, Severity.WARNING),
    ],
)
def test_only_retention_has_time(chore: Chore, severity: Severity) -> None:
    assert late_chores(NOON) == []  # of what never was done the doctor tells
    chores.note(chore, now=NOON - LATE[chore])
    assert late_chores(NOON) == []
    [notice] = late_chores(NOON + SECOND)
    assert (notice.subject, notice.severity, notice.first_at) == (chore.value, severity, NOON)
