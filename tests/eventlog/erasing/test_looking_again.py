"""What comes back after an erasure is taken out again, and is not applied a second time."""

from datetime import timedelta

import pytest

from eventlog.erasing.looking_again import Again, look_again
from eventlog.models import ErasedDelivery
from listeners.erased import KEPT
from listeners.models import ErasedMessage
from sandbox.emulators import Emulators
from sandbox.samples import DRIVER_NUMBER, TEXT_ID, contact, image, status, text
from tests.eventlog.erasing.people import OTHER, erase, left, others_text
from tests.platform import Platform
from webhooks.models import Event

NOTHING = Again(written=0, returned=0)


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> str:
    """Our stand-in alone: nothing here asks Firestore for anything new."""
    return stand_ins.firestore_host


def test_a_text_in_other_bytes_is_not_written_again(platform: Platform) -> None:
    platform.track("e1")
    platform.deliver(text())
    erase(platform)
    platform.track("e2", driverMobileNumber=OTHER)
    delivery = platform.receive(
        image(message_id="wamid.I"),
        text(),
        others_text(),
        contacts=[contact(), contact(number=OTHER, user_id="", name="Bob")],
    )
    platform.run(delivery)
    assert platform.outcomes(delivery)[1:] == [("skipped", "erased"), ("processed", "applied")]
    assert platform.unread("e1") == 1
    assert left(TEXT_ID)
    assert look_again(now=platform.now) == Again(written=0, returned=2)
    assert left(TEXT_ID, DRIVER_NUMBER) == []
    assert look_again(now=platform.now) == NOTHING
    assert sorted(ErasedDelivery.objects.values_list("positions", flat=True)) == [[0], [0, 1]]


def test_of_two_who_were_erased_each_has_tombstones_of_their_own(platform: Platform) -> None:
    platform.receive(text(), others_text(), contacts=[])
    first, _ = erase(platform)
    second, _ = erase(platform, OTHER)
    delivery = platform.receive(others_text(), text(), contacts=[])
    platform.run(delivery)
    assert look_again(now=platform.now).returned == 2
    found = ErasedDelivery.objects.filter(delivery=delivery)
    assert dict(found.values_list("erasure", "positions")) == {first.pk: [1], second.pk: [0]}


def test_what_they_write_anew_is_applied(platform: Platform) -> None:
    platform.track("e1")
    platform.sends("e1", "wamid.S")
    platform.deliver(text(), statuses=[status(message_id="wamid.S", word="sent")])
    erase(platform)
    assert (
        platform.deliver(text(message_id="wamid.NEW"), statuses=[status(message_id="wamid.S")])
        == [("processed", "applied")] * 2
    )
    assert look_again(now=platform.now) == NOTHING


def test_after_thirty_days_nothing_tells_the_message(platform: Platform) -> None:
    platform.receive(text())
    erase(platform)
    assert (ErasedMessage.objects.count(), len(ErasedDelivery.objects.get().marks)) == (1, 1)
    look_again(now=platform.now + KEPT)
    assert ErasedMessage.objects.count() == 1
    look_again(now=platform.now + KEPT + timedelta(seconds=1))
    assert (ErasedMessage.objects.count(), ErasedDelivery.objects.get().marks) == (0, [])


def test_what_shared_emptied_bytes_is_somebody_elses(platform: Platform) -> None:
    platform.receive(text(body="\0"), others_text(), contacts=[])
    erase(platform)
    rows = Event.objects.order_by("position")
    assert list(rows.values_list("reason", "person_number")) == [("erased", ""), ("erased", OTHER)]
    assert look_again(now=platform.now) == NOTHING
