"""Chores that are late: how soon somebody has to see to each, and what it is called."""

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


@pytest.mark.django_db
def test_a_late_chore_is_named_as_the_doctor_and_its_schedule_do() -> None:
    for chore in Chore:
        chores.note(chore, now=NOON - LATE[chore])
    names = {each.words.partition(" was last done ")[0] for each in late_chores(NOON + SECOND)}
    assert names == {"Sweeper", "Catch-up", "Retention"}
