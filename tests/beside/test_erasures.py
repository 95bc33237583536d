"""People who are erased while runs are at their events, or others erase: nothing of them stays."""

from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connections

from eventlog.erasing import taking_out
from eventlog.erasing.looking_again import look_again
from listeners import placements
from listeners.means import Really
from listeners.models import Placement
from sandbox.emulators import Emulators, Fault, FaultKind
from sandbox.samples import DRIVER_NUMBER, DRIVER_USER_ID, TEXT_ID, contact, status, text
from tests.beside.test_aliases import before_it_records
from tests.eventlog.erasing.people import OTHER, OTHERS_ID, erase, left, others_text
from tests.platform import Platform
from webhooks.models import Delivery, Event
from webhooks.whatsapp.blanking import Blanked, blank

MINUTE = timedelta(minutes=1)
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
    platform.now += MINUTE
    assert look_again(now=platform.now).written == 1
    assert left(*WORDS) == []
    assert platform.outcomes(delivery) == [("processed", "applied")]
    assert look_again(now=platform.now).written == 0
    assert platform.unread("their-enquiry") == 1


def test_what_a_run_has_placed_since_and_not_written_names_nobody(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.track("their-enquiry")
    delivery = platform.receive(text())

    def place(*args: Any, **named: Any) -> Any:
        monkeypatch.undo()
        erase(platform)
        away = Fault(kind=FaultKind.PERMISSION_DENIED, service="firestore", times=99)
        platform.emulators.faults.add(away)
        return placements.place(*args, **named)

    monkeypatch.setattr(Really, "place", staticmethod(place))
    try:
        platform.run(delivery)
    finally:
        platform.emulators.faults.clear()
    assert platform.outcomes(delivery) == [("skipped", "erased")]
    assert Placement.objects.get().message_id == TEXT_ID
    platform.now += MINUTE
    assert look_again(now=platform.now).written == 1
    assert left(*WORDS) == []
    assert look_again(now=platform.now).written == 0


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


@pytest.mark.django_db(transaction=True)
def test_two_who_stand_in_one_delivery_may_be_erased_at_once(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second comes when the first has read the bytes, and waits for what it writes."""
    contacts = [contact(), contact(number=OTHER, user_id=OTHERS_ID)]
    platform.receive(text(), others_text(), contacts=contacts)

    def erase_the_other() -> None:
        try:
            erase(platform, OTHER)
        finally:
            connections.close_all()

    second = Thread(target=erase_the_other)

    def blank_and_wait(*args: Any, **named: Any) -> Blanked:
        monkeypatch.undo()
        second.start()
        second.join(0.5)
        return blank(*args, **named)

    monkeypatch.setattr(taking_out, "blank", blank_and_wait)
    erase(platform)
    second.join(30)
    assert left(DRIVER_NUMBER, DRIVER_USER_ID, OTHER, OTHERS_ID) == []
    assert Delivery.objects.get().body is not None
