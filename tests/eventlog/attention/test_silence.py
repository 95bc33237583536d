"""Lease numbers that have gone silent, and none of those from which something comes."""

import pytest

from eventlog.attention.silence import silent_numbers
from eventlog.figures.rhythm import WEEK
from eventlog.figures.rollups import roll_up
from tests.eventlog.figures.ledger import MINUTE, NOON, make_event

SILENT, WELL = "15550000001", "15550000002"


@pytest.mark.django_db
def test_only_what_is_silent_is_told() -> None:
    for week in (0, 1, 2):
        for minute in range(0, 60, 6):
            at = NOON - week * WEEK + minute * MINUTE
            make_event(at=at, lease_number=WELL)
            if week:
                make_event(at=at, lease_number=SILENT)
    late = NOON + 60 * MINUTE
    roll_up(clock=lambda: late, until=NOON + WEEK)
    [notice] = silent_numbers(late)
    assert (notice.lease_number, notice.count) == (SILENT, 10)
    assert SILENT not in notice.words
