"""Tracking records whose number was given to somebody else are drift, counted from the ledger."""

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from eventlog import marks
from eventlog.attention.drift import new_drift
from eventlog.drift.counting import look_over
from eventlog.drift.found import find
from eventlog.models import DriftCount, DriftMark
from listeners.workspace import GIVEN_AWAY
from sandbox.emulators import Emulators
from sandbox.samples import DRIVER_USER_ID, contact, reaction, status, text
from tests.eventlog.admin.staff import support
from tests.platform import Platform
from tests.rows import NOON, make_event
from webhooks.models import Event

MINUTE = timedelta(minutes=1)
WITHHELD = [contact(number="")]
PATH = "whatsapp/lease/*/*.driverMobileNumber"


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> Iterator[str]:
    """Our stand-in alone: the log is in front of Firestore."""
    yield stand_ins.firestore_host
    stand_ins.faults.clear()


def given_away(platform: Platform) -> None:
    """A record has the user id, and Meta has named it with another number since."""
    platform.track("e1", driverUserId=DRIVER_USER_ID)
    newer = reaction(message_id="wamid.R", target_id="wamid.NONE", number="15550009999")
    platform.receive(newer, contacts=[])


def look(platform: Platform) -> None:
    now = platform.now + 5 * MINUTE
    look_over(clock=lambda: now, until=now + MINUTE)


def test_it_is_counted_by_event_and_leads_to_the_last_delivery(platform: Platform) -> None:
    given_away(platform)
    for serial in range(3):
        items = [text(message_id=f"wamid.{serial}", number="")]
        assert platform.deliver(*items, contacts=WITHHELD) == [("skipped", "no_active_tracking")]
    look(platform)
    row = DriftCount.objects.get(path=PATH)
    assert (row.departure, row.shape, row.count) == ("given_away", "another number", 3)
    assert row.delivery_id == Event.objects.get(message_id="wamid.2").delivery_id
    assert (row.first_at, row.last_at) == (platform.now, platform.now)
    look(platform)
    row.refresh_from_db()
    assert row.count == 3


def test_it_is_counted_though_another_record_is_found(platform: Platform) -> None:
    given_away(platform)
    platform.track("e2", driverMobileNumber="", driverUserId=DRIVER_USER_ID)
    platform.sends("e2", "wamid.OUT")
    items = [text(message_id="wamid.T", number=""), reaction(target_id="wamid.OUT", number="")]
    read = status(message_id="wamid.OUT", number="", word="read")
    outcomes = platform.deliver(*items, statuses=[read], contacts=WITHHELD)
    assert outcomes == [("processed", "applied")] * 3
    look(platform)
    assert DriftCount.objects.get(path=PATH).count == 3


def test_it_is_shown_without_numbers_and_ids(platform: Platform) -> None:
    platform.now = timezone.now() - 10 * MINUTE
    given_away(platform)
    platform.deliver(text(message_id="wamid.T", number=""), contacts=WITHHELD)
    look(platform)
    page = support().get("/admin/eventlog/driftcount/").content.decode()
    assert "whatsapp/lease/*/*<wbr>.driverMobileNumber" in page
    assert "Given away: another number" in page
    out = StringIO()
    with pytest.raises(CommandError) as ended:
        call_command("drift", "--json", stdout=out)
    assert ended.value.returncode == 1
    told = json.loads(out.getvalue())
    assert [each["path"] for each in told["departures"] if each["departure"] == "given_away"] == [
        PATH
    ]
    for word in (DRIVER_USER_ID, "15550009999", "wamid"):
        assert word not in page
        assert word not in out.getvalue()
    notices = [notice.words for notice in new_drift(timezone.now())]
    assert any("A tracking record has" in words for words in notices)
    assert not any("Meta sends" in words for words in notices)


@pytest.mark.django_db
def test_it_is_looked_for_a_part_of_the_time_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = NOON + timedelta(hours=1)
    for minute in (0, 20, 59):  # the last may be joined by what is committed late
        at = NOON + minute * MINUTE
        make_event(detail=GIVEN_AWAY, settled_at=at)
    monkeypatch.setattr(marks, "ROWS_AT_A_TIME", 1)
    first = look_over(clock=lambda: now, until=now)
    assert not first.up_to_date
    assert DriftCount.objects.get(path=PATH).count == 1
    look_over(clock=lambda: now, until=now + MINUTE)
    assert DriftCount.objects.get(path=PATH).count == 2
    later = now + 3 * MINUTE
    look_over(clock=lambda: later, until=later + MINUTE)
    row = DriftCount.objects.get(path=PATH)
    assert (row.count, row.first_at, row.last_at) == (3, NOON, NOON + 59 * MINUTE)


@pytest.mark.django_db
def test_who_has_not_looked_at_events_cannot_tell() -> None:
    """Such as a release that looked at payloads alone."""
    look_over(clock=lambda: NOON, until=NOON + MINUTE)
    assert not find(since=None, now=NOON).behind
    DriftMark.objects.update(settled_up_to=None)
    assert find(since=None, now=NOON).behind
