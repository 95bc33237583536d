"""What a letter is known by, and how bad it is said to be."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from eventlog.attention.notice import Severity
from eventlog.channels.letters import key, letter, together
from eventlog.models import Channel, Notification, ProblemChange
from tests.eventlog.figures.ledger import MINUTE, NOON
from tests.eventlog.problems.looking import notice, rounds


def test_it_is_known_by_what_it_tells_also_where_ids_come_again() -> None:
    """After a restore of the ledger another change has the id of one that was told."""
    row = Notification(pk=7, created_at=NOON)
    again = Notification(pk=7, created_at=NOON)
    other = Notification(pk=7, created_at=NOON + timedelta(microseconds=1))
    assert key([row]) == key([again])
    assert len({key([row]), key([other]), key([row, other])}) == 3


@pytest.mark.django_db
def test_many_are_as_bad_as_the_worst_of_them(settings: Settings) -> None:
    settings.ADMIN_URL = ""
    rounds(notice("a", severity=Severity.WARNING), notice("b", severity=Severity.UNKNOWN))
    rounds(now=NOON + 6 * MINUTE)
    channel = Channel.objects.create(name="ops", scheme="signed")
    rows = [
        Notification(channel=channel, change=each, created_at=NOON)
        for each in ProblemChange.objects.order_by("pk")
    ]
    assert [letter(each).is_over for each in rows] == [False, False, True, True]
    told = together(rows)
    assert (told.severity, told.is_bad, told.is_over) == (Severity.UNKNOWN, True, False)
    assert (told.title, told.problem) == ("4 changes of problems", None)
    assert not together(rows[2:]).is_bad
    assert "http" not in told.body
