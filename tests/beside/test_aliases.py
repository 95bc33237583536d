"""Aliases that come while runs are at the events of the new name: none is missed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from listeners import recording, services
from sandbox.emulators import Emulators
from sandbox.samples import system, text
from tests.platform import DRIVER, START, Platform
from webhooks.alias import Alias
from webhooks.models import Event
from webhooks.sweeper import sweep

NEW = "16505555678"
APPLIED = ("processed", "applied")
NO_TRACKING = ("skipped", "no_active_tracking")


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> str:
    """Our stand-in alone: what meets here is in the ledger."""
    return stand_ins.firestore_host


def changes(platform: Platform) -> None:
    """WhatsApp says that the driver has a new number."""
    timestamp = int(START.timestamp())
    platform.receive(system(wa_id=NEW, number=DRIVER, timestamp=timestamp), contacts=[])


def before_it_records(monkeypatch: pytest.MonkeyPatch, what: Callable[[], object]) -> None:
    """Lets something happen once, after a run has decided and before it writes that down."""

    def record(*args: Any, **named: Any) -> Any:
        monkeypatch.undo()
        what()
        return recording.record(*args, **named)

    monkeypatch.setattr(services, "record", record)


def swept(platform: Platform) -> int:
    """Lets the sweeper come; returns how many events it opened again."""
    return sweep(queue=platform.queue, clock=lambda: platform.now, limit=100).reopened


@pytest.mark.parametrize("sweeper_comes", ["meanwhile", "afterwards"])
def test_an_alias_that_a_run_has_not_seen(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, sweeper_comes: str
) -> None:
    platform.track("e1")
    delivery = platform.receive(text(number=NEW, user_id=""), contacts=[])

    def meanwhile() -> None:
        changes(platform)
        if sweeper_comes == "meanwhile":
            assert swept(platform) == 0

    before_it_records(monkeypatch, meanwhile)
    platform.run(delivery)
    if sweeper_comes == "meanwhile":
        # What the run had come to does not count: the event is as it was.
        assert platform.outcomes(delivery) == [("received", "")]
    else:
        assert platform.outcomes(delivery) == [NO_TRACKING]
        assert swept(platform) == 1
    platform.now += timedelta(minutes=1)
    swept(platform)
    event = Event.objects.get(delivery=delivery)
    assert event.rounds == 1
    platform.run(delivery, events=[event.pk])
    assert platform.outcomes(delivery) == [APPLIED]
    assert platform.unread("e1") == 1


def test_what_a_run_has_written_counts(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    platform.track("e1", driverMobileNumber=NEW)
    delivery = platform.receive(text(number=NEW, user_id=""), contacts=[])

    def meanwhile() -> None:
        changes(platform)
        swept(platform)

    before_it_records(monkeypatch, meanwhile)
    platform.run(delivery)
    assert Alias.objects.get().looked_back_at == platform.now
    assert platform.outcomes(delivery) == [APPLIED]
