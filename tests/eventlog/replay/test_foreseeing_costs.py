"""What a preview asks of the ledger and of Firestore: docs/speed.md says so."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from eventlog.replay.foreseeing import foresee
from eventlog.replay.selection import Selection, preview
from sandbox.emulators import Emulators
from sandbox.samples import status, text, wamid
from tests.outages.test_runs import calls
from tests.platform import Platform
from webhooks.models import Event

Asked = tuple[int, dict[str, int]]  # queries of the ledger, and calls of Firestore


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> str:
    return stand_ins.firestore_host


def number(place: int) -> str:
    return f"4477009{place:05}"


def texts(*drivers: int) -> list[Any]:
    """A text of each of these drivers, by number and user id, which nobody else sends."""
    return [
        text(message_id=wamid(number(each), n), number=number(each), user_id=f"GB.1{each:05}")
        for n, each in enumerate(drivers)
    ]


def asked(platform: Platform) -> Asked:
    """What a preview of all events asks, were all of them skipped; everything is foreseen."""
    Event.objects.update(state="skipped", reason="no_active_tracking", settled_at=platform.now)
    everything = Selection(events=Event.objects.all(), words="all")
    calls(platform)
    with CaptureQueriesContext(connection) as captured:
        found = preview(everything, limit=1000)
        foresight = foresee(
            everything, connect=lambda: platform.store, now=platform.now, seconds=60
        )
    assert foresight.looked == found.replayable == Event.objects.count()
    return len(captured), calls(platform)


def received(platform: Platform, deliveries: Sequence[Sequence[Any]]) -> None:
    for each in deliveries:
        platform.receive(*each, contacts=())


@pytest.mark.parametrize("count", [1, 100])
def test_up_to_a_hundred_texts_of_a_driver(platform: Platform, count: int) -> None:
    platform.track("e1", driverMobileNumber=number(0))
    received(platform, [texts(*[0] * count)])
    assert asked(platform) == (9, {"RunQuery": 1, "BatchGetDocuments": 1})


def test_each_hundred_texts(platform: Platform) -> None:
    platform.track("e1", driverMobileNumber=number(0))
    received(platform, [texts(*[0] * 250)])
    assert asked(platform) == (9 + 2, {"RunQuery": 3, "BatchGetDocuments": 3})


def test_each_hundred_deliveries(platform: Platform) -> None:
    platform.track("e1", driverMobileNumber=number(0))
    received(platform, [[each] for each in texts(*[0] * 101)])
    assert asked(platform) == (9 + 2, {"RunQuery": 2, "BatchGetDocuments": 2})


def test_ten_drivers_share_a_query_of_firestore(platform: Platform) -> None:
    for place in range(100):
        platform.track(f"e{place}", driverMobileNumber=number(place))
    received(platform, [texts(*range(100))])
    assert asked(platform) == (9, {"RunQuery": 10, "BatchGetDocuments": 1})


def test_who_has_no_record_is_asked_for_by_former_names(platform: Platform) -> None:
    received(platform, [texts(*[0] * 100)])
    assert asked(platform) == (9 + 1, {"RunQuery": 1})


def test_statuses_that_wait_in_vain(platform: Platform) -> None:
    platform.track("e1")
    statuses = [status(message_id=wamid(number(0), n)) for n in range(30)]
    platform.receive(statuses=statuses)
    # At once, and as often as waiting ends: after a minute for replies, then for these.
    assert asked(platform) == (9 + 1, {"RunQuery": 3 * (1 + 1)})


def test_who_is_found_by_a_user_id_that_is_learned(platform: Platform) -> None:
    platform.track("e1", driverMobileNumber=number(0))
    both, alone = texts(0, 0)
    alone.pop("from")
    received(platform, [[both], [alone]])
    assert asked(platform) == (9 + 2, {"RunQuery": 1 + 2, "BatchGetDocuments": 2})
