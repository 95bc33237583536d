"""What the newest rows of the log hold."""

from datetime import timedelta

import pytest

from eventlog.questions import newest
from eventlog.questions.masking import fingerprint
from eventlog.questions.newest import Look, deliveries_ending, messages_with, numbers_ending
from tests.rows import NOON, make_delivery, make_event
from webhooks.models import Event

pytestmark = pytest.mark.django_db
SOME, ALL = "drivers’ numbers of the newest 3 events", "drivers’ numbers of all events"


@pytest.fixture(autouse=True)
def three(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three rows are looked through."""
    monkeypatch.setattr(newest, "LOOKED_THROUGH", 3)


def events(*numbers: str) -> list[Event]:
    """An event a minute, each of a driver."""
    return [
        make_event(
            make_delivery(received_at=NOON + minute * timedelta(minutes=1)),
            person_number=number,
            message_id=f"wamid.{minute}",
            target_id=f"wamid.of.{minute}",
        )
        for minute, number in enumerate(numbers)
    ]


def test_numbers_are_found_once_those_of_the_newest_first() -> None:
    events("447700900102", "15550900102", "447700900102")
    found = ["447700900102", "15550900102"]
    assert numbers_ending(("900102",)) == (found, Look(at=ALL, since=None))
    assert numbers_ending(("0900102", "7700900102"))[0] == found
    assert numbers_ending(("900103",))[0] == []


def test_it_says_how_far_back_it_has_looked() -> None:
    events("447700900100", "447700900101", "447700900102", "447700900103")
    look = Look(at=SOME, since=NOON + timedelta(minutes=1))
    assert numbers_ending(("900100",)) == ([], look)
    assert numbers_ending(("900101",)) == (["447700900101"], look)


def test_messages_are_found_by_either_id() -> None:
    events("447700900100", "447700900101")
    assert messages_with(fingerprint("wamid.1"))[0] == ["wamid.1"]
    assert messages_with(fingerprint("wamid.of.0"))[0] == ["wamid.of.0"]
    assert messages_with(fingerprint(""))[0] == []


def test_deliveries_are_looked_through_by_themselves() -> None:
    """Each may have many events or none."""
    rows = [make_delivery(received_at=NOON + n * timedelta(minutes=1)) for n in range(4)]
    look = Look(at="ids of the newest 3 deliveries", since=NOON + timedelta(minutes=1))
    assert deliveries_ending(rows[0].pk.hex[-8:]) == ([], look)
    assert deliveries_ending(rows[1].pk.hex[-8:]) == ([rows[1].pk], look)
