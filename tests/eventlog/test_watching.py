"""What the log tells once a minute."""

import json
import logging
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command

from eventlog.catching_up import catch_up
from eventlog.figures.rhythm import WEEK
from eventlog.figures.rollups import roll_up
from eventlog.watching import tell_the_log
from tests.eventlog.figures.ledger import MINUTE, NOON, SECOND, make_event
from tests.webhooks.databases import execute
from visn_whatsapp.logs import JsonFormatter
from webhooks import chores
from webhooks.chores import Chore
from webhooks.models import Event
from webhooks.outcomes import Reason

pytestmark = pytest.mark.django_db
STANDING = "This is how the ledger stands."
DOCUMENTS = "This is how long a minute's events took."
LATE = "A chore was not done in time."
NOW = NOON + 2 * MINUTE + SECOND  # the minute from noon on is told


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "eventlog.watching")
    return caplog


def told(log: pytest.LogCaptureFixture, *, now: datetime = NOW) -> dict[str, list[dict[str, Any]]]:
    """The lines of a minute, by their sentence."""
    log.clear()
    tell_the_log(now=now)
    found: dict[str, list[dict[str, Any]]] = {}
    for record in log.records:
        line = json.loads(JsonFormatter().format(record))
        found.setdefault(line["message"], []).append(line)
    return found


def test_an_empty_ledger_is_well(log: pytest.LogCaptureFixture) -> None:
    lines = told(log)
    assert lines.keys() == {STANDING}
    [line] = lines[STANDING]
    assert (line["oldest"], line["overdue"], line["silent"]) == (0.0, 0, 0)


def test_the_oldest_is_one_that_nothing_but_us_keeps_waiting(log: pytest.LogCaptureFixture) -> None:
    make_event(Reason.WAITING_FOR_MESSAGE, NOON - 60 * MINUTE, waits=1)
    make_event(Reason.NONE, NOON - 50 * MINUTE, reopened_at=NOON)
    make_event(at=NOON - 40 * MINUTE)
    assert told(log)[STANDING][0]["oldest"] == 0.0
    make_event(Reason.NONE, NOON - 10 * MINUTE)
    make_event(Reason.NONE, NOON - 20 * MINUTE)
    assert told(log)[STANDING][0]["oldest"] == 22 * 60 + 1


def test_what_nobody_sees_to_is_overdue(log: pytest.LogCaptureFixture) -> None:
    for minutes in (2, 4, 60):
        make_event(Reason.NONE, check_at=NOW - minutes * MINUTE)
    assert told(log)[STANDING][0]["overdue"] == 2


def test_a_number_that_is_silent_is_counted_and_not_named(log: pytest.LogCaptureFixture) -> None:
    for week in (1, 2, 3):
        for minute in range(30):
            make_event(at=NOON - week * WEEK + minute * MINUTE, lease_number="15550000001")
    late = NOON + timedelta(hours=1)
    roll_up(clock=lambda: late, until=NOON + WEEK)
    lines = told(log, now=late)[STANDING]
    assert lines[0]["silent"] == 1
    assert "15550000001" not in json.dumps(lines)


def test_the_time_of_a_minutes_events_is_that_of_ninety_nine_in_a_hundred(
    log: pytest.LogCaptureFixture,
) -> None:
    for number in range(100):
        make_event(at=NOON + number * SECOND / 2, settled_at=NOON + number * SECOND / 2 + SECOND)
    assert told(log)[DOCUMENTS][0]["seconds"] == 1.0
    make_event(settled_at=NOON + 30 * SECOND)
    [line] = told(log)[DOCUMENTS]
    assert (line["count"], line["seconds"]) == (101, 1.0)
    make_event(settled_at=NOON + 40 * SECOND)
    assert told(log)[DOCUMENTS][0]["seconds"] == 30.0


def test_what_is_open_has_taken_until_now(log: pytest.LogCaptureFixture) -> None:
    make_event(Reason.NONE)
    assert told(log)[DOCUMENTS][0]["seconds"] == 121.0


def test_what_says_nothing_about_us_is_left_out(log: pytest.LogCaptureFixture) -> None:
    make_event(Reason.WAITING_FOR_MESSAGE, waits=1)
    make_event(reopened_at=NOON + SECOND)
    make_event(Reason.UNSUPPORTED_TYPE, started_at=None)
    make_event(at=NOON - SECOND)
    make_event(at=NOON + MINUTE)
    assert DOCUMENTS not in told(log)


def test_a_clock_that_went_back_takes_no_time(log: pytest.LogCaptureFixture) -> None:
    make_event(settled_at=NOON - SECOND)
    assert told(log)[DOCUMENTS][0]["seconds"] == 0.0


def test_a_chore_that_is_late_is_named(log: pytest.LogCaptureFixture) -> None:
    chores.note(Chore.SWEEPER, now=NOW - 4 * MINUTE)
    chores.note(Chore.RETENTION, now=NOW - timedelta(hours=27))
    [line] = told(log)[LATE]
    assert (line["kind"], line["severity"]) == ("retention", "ERROR")


def test_catch_up_tells_it(log: pytest.LogCaptureFixture) -> None:
    make_event(Reason.NONE)
    Event.objects.update(check_at=NOON)
    call_command("catch_up")
    [record] = [record for record in log.records if record.message == STANDING]
    assert vars(record)["overdue"] == 1


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_told_is_not_in_the_way_of_the_rest(log: pytest.LogCaptureFixture) -> None:
    make_event(at=NOON)
    execute("ALTER TABLE webhooks_donechore RENAME TO webhooks_away")
    try:
        done = catch_up()
    finally:
        execute("ALTER TABLE webhooks_away RENAME TO webhooks_donechore")
    assert done.report["minutes"] > 0
    assert done.hindrance is None
    assert [each.getMessage() for each in log.records if each.levelno == logging.ERROR] == [
        "How the ledger stands was not told.",
        "A look at what needs attention broke off.",
    ]
