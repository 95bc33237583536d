"""What a service is shown before it begins a replay, and what it is told came otherwise."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from pytest_django import Settings

from eventlog.models import ReplayedEvent, ReplayJob
from eventlog.replay import foreseeing, sealed
from eventlog.replay.jobs import carry_on_all
from listeners.models import Placement
from sandbox.emulators import Emulators, Fault, FaultKind
from sandbox.samples import DRIVER_NUMBER, text, wamid
from tests.eventlog.api.asking import READER, REPLAYER, Ask
from tests.eventlog.replay.test_foreseeing import run_replay
from tests.platform import Platform, reached
from webhooks.models import Event
from webhooks.outcomes import Reason

OTHER = "447700900102"
SKIPPED = {"which": {"state": ["skipped"]}}


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> str:
    return stand_ins.firestore_host


@pytest.fixture
def served(platform: Platform, settings: Settings) -> Iterator[Platform]:
    """Two texts of a driver and one of another, skipped; a record of the first one by now."""
    platform.now = datetime.now(UTC) - timedelta(minutes=30)
    platform.deliver(*(text(message_id=wamid(DRIVER_NUMBER, n)) for n in range(2)))
    platform.deliver(text(message_id=wamid(OTHER, 1), number=OTHER, user_id="GB.102"), contacts=())
    platform.track("bumper-101")
    with reached(platform, settings):
        yield platform
    platform.emulators.faults.clear()


def shown(ask: Ask, which: Any = SKIPPED, **more: Any) -> dict[str, Any]:
    """What a preview tells."""
    status, told = ask("replays/preview", {"id": str(uuid4()), **which, **more}, by=REPLAYER)
    assert status == 200
    return told


def fates(told: dict[str, Any]) -> list[tuple[str, str, str, int]]:
    return [
        (each["reason"], each["lease"], each["enquiry"], len(each["events"]))
        for each in told["fates"]
    ]


def begun(ask: Ask, body: Any) -> dict[str, Any]:
    status, told = ask("replays", body, by=REPLAYER)
    assert status == 200, told
    return told


def run(served: Platform) -> None:
    """Carries on the replays as catch-up does, and lets their tasks run."""
    until = datetime.now(UTC) + timedelta(minutes=1)
    carry_on_all(queue=served.queue, clock=lambda: datetime.now(UTC), until=until)
    run_replay(served)


def test_a_preview_tells_what_each_would_become_and_writes_nothing(
    served: Platform, ask: Ask
) -> None:
    before = list(Event.objects.order_by("pk").values())
    told = shown(ask)
    first, second, third = (row["id"] for row in before)
    assert fates(told) == [
        ("applied", "lease-1", "bumper-101", 2),
        ("no_active_tracking", "", "", 1),
    ]
    assert [each["events"] for each in told["fates"]] == [[first, second], [third]]
    assert told["fates"][0]["meaning"] == Reason.APPLIED.meaning
    assert (told["to_open"], told["left_alone"], told["busy"]) == (3, 0, 0)
    assert (told["untold"], told["not_looked_at"], told["changes_nothing"]) == (0, 0, False)
    assert [(each["reason"], each["events"]) for each in told["groups"]] == [
        ("no_active_tracking", 3)
    ]
    assert [word for word in (DRIVER_NUMBER, OTHER, "wamid") if word in json.dumps(told)] == []
    assert list(Event.objects.order_by("pk").values()) == before
    written = (Placement, ReplayJob, LogEntry, User)
    assert [model for model in written if model.objects.exists()] == []
    assert served.chat("bumper-101") == {}


def test_what_came_otherwise_than_was_shown_is_told(served: Platform, ask: Ask) -> None:
    told = shown(ask, name="After the outage")
    began = begun(ask, told["replay"])
    assert (began["name"], began["total"], began["foreseen"]) == ("After the outage", 3, 3)
    served.ancillary.document("whatsapp/lease/15550783881/record-1").update({"active": False})
    run(served)
    _, followed = ask("replays", id=began["id"])
    assert (followed["done"], followed["otherwise"]) == (3, 2)
    [difference] = followed["differences"]
    assert difference["foreseen"]["enquiry"] == "bumper-101"
    assert difference["became"]["reason"] == "no_active_tracking"
    assert (difference["count"], difference["events"]) == (2, told["fates"][0]["events"])
    [entry] = LogEntry.objects.all()
    assert entry.user.username == REPLAYER


def test_what_came_as_it_was_shown_has_no_differences(served: Platform, ask: Ask) -> None:
    began = begun(ask, shown(ask)["replay"])
    run(served)
    _, followed = ask("replays", id=began["id"])
    assert (followed["done"], followed["foreseen"], followed["changed"]) == (3, 3, 2)
    assert (followed["otherwise"], followed["differences"]) == (0, [])


def test_what_is_begun_is_what_was_shown_whatever_came_since(served: Platform, ask: Ask) -> None:
    told = shown(ask)
    served.now = datetime.now(UTC)
    served.deliver(text(message_id=wamid(OTHER, 7), number=OTHER, user_id="GB.102"), contacts=())
    assert Event.objects.filter(state="skipped").count() == 4
    assert begun(ask, told["replay"])["total"] == 3


def test_events_that_are_named_are_named_again(served: Platform, ask: Ask) -> None:
    one = Event.objects.earliest("pk").pk
    told = shown(ask, {"events": [one, 999_999]})
    assert (told["choice"], told["unknown"]) == ("2 events picked by hand", [999_999])
    assert (told["to_open"], fates(told)[0][-1]) == (1, 1)
    assert told["replay"]["events"] == [one, 999_999]
    assert begun(ask, told["replay"])["foreseen"] == 1


def test_where_nothing_can_be_opened_nothing_is_to_be_posted(served: Platform, ask: Ask) -> None:
    Event.objects.update(state="processed", reason="applied")
    told = shown(ask, {"which": {"state": ["processed"]}})
    assert (told["to_open"], told["left_alone"], told["replay"]) == (0, 3, None)
    assert [each["opened"] for each in told["groups"]] == [False]
    assert "already" in told["groups"][0]["remark"]


def test_too_many_are_counted_and_not_looked_at(
    served: Platform, ask: Ask, settings: Settings
) -> None:
    settings.REPLAY_MAX_EVENTS = 2
    told = shown(ask)
    assert (told["too_many"], told["to_open"], told["not_looked_at"]) == (True, 3, 3)
    assert (told["fates"], told["replay"]) == ([], None)


def test_what_was_not_looked_at_is_counted(
    served: Platform, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreseeing, "LOOKED_AT", 2)
    told = shown(ask)
    assert (told["to_open"], told["not_looked_at"], fates(told)[0][-1]) == (3, 1, 2)
    assert begun(ask, told["replay"])["foreseen"] == 2


def test_what_only_a_write_tells_is_counted(served: Platform, ask: Ask) -> None:
    Event.objects.filter(person_number=DRIVER_NUMBER).update(state="failed", reason="too_large")
    told = shown(ask, {"which": {}})
    assert (told["untold"], told["not_looked_at"]) == (2, 0)


def test_without_firestore_it_says_so_and_a_replay_stays_possible(
    served: Platform, ask: Ask
) -> None:
    served.emulators.faults.add(
        Fault(kind=FaultKind.PERMISSION_DENIED, service="firestore", times=99)
    )
    told = shown(ask)
    assert (told["not_looked_at"], told["fates"], told["changes_nothing"]) == (3, [], False)
    assert "foreseen" not in told["replay"]
    assert begun(ask, told["replay"])["foreseen"] == 0


def test_where_nothing_would_change_it_says_so(served: Platform, ask: Ask) -> None:
    served.ancillary.document("whatsapp/lease/15550783881/record-1").delete()
    assert shown(ask)["changes_nothing"]


@pytest.mark.parametrize("word", ["x", "", 7, "YWJj:1abcde:abc"])
def test_what_no_preview_has_shown_is_refused(served: Platform, ask: Ask, word: object) -> None:
    body = shown(ask)["replay"] | {"foreseen": word}
    status, told = ask("replays", body, by=REPLAYER)
    assert (status, told["error"].split(":")[0]) == (400, "foreseen")
    assert not ReplayedEvent.objects.exists()


def test_what_was_shown_is_good_for_so_long(
    served: Platform, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = shown(ask)["replay"]
    monkeypatch.setattr(sealed, "GOOD_FOR", timedelta(seconds=-1))
    status, told = ask("replays", body, by=REPLAYER)
    assert (status, told) == (400, {"error": "foreseen: Of no preview, or of one too old."})


def test_who_may_not_replay_is_shown_nothing(served: Platform, ask: Ask) -> None:
    body = {"id": str(uuid4()), **SKIPPED}
    assert ask("replays/preview", body, by=READER)[0] == 403
    assert ask("replays/preview", body | {"foreseen": "x"}, by=REPLAYER)[0] == 400
    assert ask("replays/preview", body | {"events": [1]}, by=REPLAYER)[0] == 400
