"""New departures from Meta's documents are told for a day, known ones never."""

from datetime import timedelta
from uuid import uuid4

import pytest

from eventlog.attention.drift import new_drift
from eventlog.attention.notice import Severity
from eventlog.models import DriftCount
from tests.rows import NOON

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def departs(path: str, *, first: int) -> None:
    """A departure that was first seen so many hours ago and is seen still."""
    DriftCount.objects.create(
        departure="unknown_key",
        path=path,
        shape="string",
        count=9,
        first_at=NOON - first * HOUR,
        last_at=NOON,
        delivery_id=uuid4(),
    )


def test_what_is_new_is_told_for_a_day() -> None:
    departs("poll", first=1)
    departs("quiz", first=23)
    departs("gif", first=25)
    (notice,) = new_drift(NOON)
    assert notice.severity == Severity.WARNING
    assert "Meta sends 2 things that it does not document" in notice.words
    assert notice.url == "/admin/eventlog/driftcount/"


def test_what_is_known_is_not() -> None:
    departs("gif", first=25)
    assert new_drift(NOON) == []
