"""People who are erased while runs are at their events: nothing stays, and nothing stays open."""

import pytest

from eventlog.erasing.looking_again import look_again
from sandbox.emulators import Emulators
from sandbox.samples import DRIVER_NUMBER, DRIVER_USER_ID, TEXT_ID, status, text
from tests.beside.test_aliases import before_it_records
from tests.eventlog.erasing.people import erase, left
from tests.platform import Platform
from webhooks.models import Event

WORDS = (DRIVER_NUMBER, DRIVER_USER_ID, TEXT_ID, "their-enquiry")


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> str:
    """Our stand-in alone: what meets here is in the ledger."""
    return stand_ins.firestore_host


def test_what_a_run_has_written_is_a_fact_that_names_nobody(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.track("their-enquiry")
    delivery = platform.receive(text())
    before_it_records(monkeypatch, lambda: erase(platform))
    platform.run(delivery)
    assert platform.outcomes(delivery) == [("processed", "applied")]
    assert look_again(now=platform.now).written == 1
    assert left(*WORDS) == []
    assert platform.outcomes(delivery) == [("processed", "applied")]
    assert look_again(now=platform.now).written == 0
    assert platform.unread("their-enquiry") == 1


def test_what_a_run_could_not_write_is_erased(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.track("their-enquiry")
    delivery = platform.receive(text(message_id="wamid.T"), statuses=[status()])
    Event.objects.filter(position=0).update(state="skipped", reason="no_person", check_at=None)
    before_it_records(monkeypatch, lambda: erase(platform))
    platform.run(delivery)
    assert platform.outcomes(delivery) == [("skipped", "no_person"), ("skipped", "erased")]
    assert not Event.objects.exclude(check_at=None).exists()
    assert left(*WORDS) == []
