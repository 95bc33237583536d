"""Drift between the ledger and Firestore is found, named by rows alone, and told by exit status."""

import json
from collections import Counter
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from eventlog.questions.windows import Window
from eventlog.reconciliation import Drift, Report, reconcile
from listeners.firestore import connection as firestore_connection
from sandbox import samples
from sandbox.emulators import Fault, FaultKind
from sandbox.samples import DRIVER_NUMBER, DRIVER_USER_ID, reaction, status, text
from tests.platform import Platform
from visn_whatsapp.findings import Finding
from webhooks.models import Event

EVERYTHING = Window()


@pytest.fixture
def busy(platform: Platform) -> Platform:
    """A chat with a text, a reaction to an outbound message and two statuses of it."""
    platform.track("e1")
    platform.sends("e1", "wamid.OUT")
    platform.deliver(
        text(message_id="wamid.T"),
        reaction(target_id="wamid.OUT"),
        statuses=[
            status(message_id="wamid.OUT", word="read"),
            status(message_id="wamid.OUT", word="delivered"),
        ],
    )
    return platform


def found(platform: Platform, window: Window = EVERYTHING) -> Report:
    """What has drifted."""
    return reconcile(window, store=platform.store)


def change(platform: Platform, message_id: str, **fields: object) -> None:
    """Changes a message behind our back."""
    [message] = [
        each
        for each in platform.messages("e1").stream()
        if each.get("whatsappMessageId") == message_id
    ]
    message.reference.update(fields)


def delete(platform: Platform, message_id: str) -> None:
    """Deletes a message."""
    for each in platform.messages("e1").stream():
        if each.get("whatsappMessageId") == message_id:
            each.reference.delete()


def drifts(report: Report) -> list[tuple[str, Drift]]:
    """The drifted events by name."""
    return [(Event.objects.get(pk=event).name, drift) for event, drift in report.named]


def test_nothing_has_drifted(busy: Platform) -> None:
    assert found(busy) == Report(due=4, checked=4)


def test_a_text_is_missing(busy: Platform) -> None:
    delete(busy, "wamid.T")
    assert drifts(found(busy)) == [("text", Drift.MESSAGE_MISSING)]


def test_the_message_of_statuses_and_reactions_is_missing(busy: Platform) -> None:
    delete(busy, "wamid.OUT")
    missing = Drift.MESSAGE_MISSING
    assert drifts(found(busy)) == [("reaction", missing), ("read", missing), ("delivered", missing)]


def test_a_text_is_in_another_chat_too(busy: Platform) -> None:
    [fields] = [each.to_dict() for each in busy.messages("e1").stream() if each.id == "wamid.T"]
    busy.messages("e2").document("wamid.T").set(fields)
    assert drifts(found(busy)) == [("text", Drift.MESSAGE_TWICE)]


def test_a_status_went_back(busy: Platform) -> None:
    change(busy, "wamid.OUT", status="sent")
    behind = Drift.STATUS_BEHIND
    assert drifts(found(busy)) == [("read", behind), ("delivered", behind)]


def test_the_time_of_a_status_is_gone(busy: Platform) -> None:
    change(busy, "wamid.OUT", statusTimestamps={})
    behind = Drift.STATUS_BEHIND
    assert drifts(found(busy)) == [("read", behind), ("delivered", behind)]


def test_a_reaction_is_gone(busy: Platform) -> None:
    change(busy, "wamid.OUT", reactions=[], reactionClock={})
    assert drifts(found(busy)) == [("reaction", Drift.REACTION_BEHIND)]


def test_what_went_on_since_is_no_drift(busy: Platform) -> None:
    busy.deliver(
        reaction(message_id="wamid.R2", target_id="wamid.OUT", emoji=None, timestamp=1749416999),
        statuses=[status(message_id="wamid.OUT", word="played", timestamp=1749416999)],
    )
    assert found(busy) == Report(due=6, checked=6)


def test_only_the_window_is_looked_at(busy: Platform) -> None:
    delete(busy, "wamid.T")
    before = Window(start=busy.now - timedelta(days=1), end=busy.now)
    assert found(busy, before) == Report()
    assert found(busy, Window(start=busy.now)).checked == 4


def test_many_events_are_read_in_batches(platform: Platform) -> None:
    platform.track("e1")
    platform.deliver(*[text(message_id=f"wamid.T{serial}") for serial in range(301)])
    for serial in (0, 300):
        delete(platform, f"wamid.T{serial}")
    report = found(platform)
    assert (report.checked, report.drifts) == (301, {Drift.MESSAGE_MISSING: 2})


@pytest.fixture
def commanded(busy: Platform, settings: Settings) -> Platform:
    """The command's own store reaches the platform."""
    settings.GOOGLE_CLOUD_PROJECT = busy.main.project
    firestore_connection.close()
    return busy


def run(platform: Platform, *options: str) -> tuple[str, int]:
    """What the command prints, and its exit status."""
    output = StringIO()
    until = f"--until={(platform.now + timedelta(minutes=1)).isoformat()}"
    try:
        call_command("reconcile", until, *options, stdout=output)
    except CommandError as error:
        return output.getvalue(), error.returncode
    finally:
        firestore_connection.close()
    return output.getvalue(), 0


def test_the_command_says_that_all_is_well(commanded: Platform) -> None:
    assert run(commanded) == ("4 processed events were compared with their chats.\n", 0)


def test_the_command_names_rows_and_nobody(commanded: Platform) -> None:
    delete(commanded, "wamid.T")
    output, exit_status = run(commanded)
    row = Event.objects.get(name="text").pk
    assert exit_status == 1
    assert f"event {row}: message_missing" in output
    assert not any(word in output for word in ("wamid", DRIVER_NUMBER, "lease-1", "e1"))


def test_the_command_speaks_json(commanded: Platform) -> None:
    delete(commanded, "wamid.T")
    output, exit_status = run(commanded, "--json")
    report = json.loads(output)
    row = Event.objects.get(name="text").pk
    assert exit_status == 1
    assert report["events"] == [{"event": row, "drift": "message_missing"}]
    assert (report["checked"], report["drifts"]["message_missing"]) == (4, 1)


def test_nothing_to_compare_is_said(commanded: Platform) -> None:
    options = ("--since=2026-03-01", "--until=2026-03-02")
    words = "Nothing to compare: no event that was received then has been processed.\n"
    assert run(commanded, *options) == (words, 0)
    output, exit_status = run(commanded, *options, "--json")
    assert (json.loads(output)["finding"], exit_status) == ("nothing_to_compare", 0)


def test_what_was_not_compared_is_not_well() -> None:
    """Whatever else was found: the rest is not known."""
    assert Report(due=2506, checked=0).finding == Finding.CANNOT_TELL
    drifts = Counter([Drift.STATUS_BEHIND])
    assert Report(due=2, checked=1, drifts=drifts).finding == Finding.CANNOT_TELL
    assert Report(due=1, checked=1, drifts=drifts).finding == Finding.WRONG
    assert Report().finding == Finding.NOTHING


# Google's emulator knows no faults.
@pytest.mark.parametrize("firestore_host", ["ours"], indirect=True)
def test_the_command_cannot_tell_without_firestore(commanded: Platform) -> None:
    outage = Fault(kind=FaultKind.PERMISSION_DENIED, service="firestore", probability=1.0)
    commanded.emulators.faults.add(outage)
    try:
        assert run(commanded) == ("", 2)
        output, exit_status = run(commanded, "--json")
        words = "Firestore cannot be reached."
        told = {"finding": "could_not_tell", "exit_status": 2, "words": words}
        assert (json.loads(output), exit_status) == (told, 2)
    finally:
        commanded.emulators.faults.clear()


def test_what_was_found_by_another_id_is_compared_with_the_stored_one(platform: Platform) -> None:
    """Not with the id that the event names, under which there is no message."""
    stored, named = samples.wamid(DRIVER_NUMBER, 1), samples.wamid(DRIVER_USER_ID, 1)
    platform.track("e1")
    platform.sends("e1", stored)
    platform.deliver(statuses=[status(message_id=stored, word="sent")])
    platform.deliver(reaction(target_id=named))
    assert found(platform) == Report(due=2, checked=2)
    delete(platform, stored)
    assert drifts(found(platform)) == [
        ("sent", Drift.MESSAGE_MISSING),
        ("reaction", Drift.MESSAGE_MISSING),
    ]
