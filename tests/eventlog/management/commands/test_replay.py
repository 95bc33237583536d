"""Replays from the command line."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from eventlog.models import ReplayJob
from sandbox.emulators import Emulators, Fault, FaultKind
from sandbox.samples import text
from tests.platform import Platform
from webhooks.models import Event


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> str:
    return stand_ins.firestore_host


@pytest.fixture
def skipped(platform: Platform, settings: Settings) -> Platform:
    """A text of an hour ago that found no tracking record; the settings name its queue."""
    settings.TASKS_EMULATOR_HOST = platform.emulators.tasks_host
    settings.GOOGLE_CLOUD_PROJECT = settings.TASKS_LOCATION = "local"
    platform.now = datetime.now(UTC) - timedelta(hours=1)
    platform.deliver(text())
    return platform


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("replay", *arguments, stdout=out)
    return out.getvalue()


def test_it_opens_what_was_chosen(skipped: Platform) -> None:
    skipped.track("e1")
    report = json.loads(
        run("--reason", "no_active_tracking", "--name", "Tracking was late", "--json")
    )
    job = ReplayJob.objects.get()
    assert report["job"] == str(job.pk)
    assert (job.name, job.state, job.asked_by_name) == ("Tracking was late", "running", "")
    ((task, _),) = skipped.scheduled()
    skipped.run(task.delivery, events=task.events)
    assert skipped.unread("e1") == 1


def test_a_dry_run_only_tells(skipped: Platform) -> None:
    said = run("--dry-run")
    assert (
        "1 skipped no_active_tracking: Applied if an active tracking record exists by now." in said
    )
    assert "Would be opened again: events 1. Left alone: 0." in said
    assert Event.objects.get().state == "skipped"
    assert not ReplayJob.objects.exists()
    assert skipped.scheduled() == []


def test_without_a_choice_it_only_tells_and_says_how_to_choose(skipped: Platform) -> None:
    out = StringIO()
    with pytest.raises(CommandError, match="or --all for all of these"):
        call_command("replay", stdout=out)
    assert "Would be opened again: events 1." in out.getvalue()
    assert Event.objects.get().state == "skipped"
    assert not ReplayJob.objects.exists()


def test_everything_can_be_asked_for(skipped: Platform) -> None:
    assert "Put into the queue: events 1." in run("--all")
    assert Event.objects.get().state == "queued"


def test_a_long_name_is_shortened(skipped: Platform) -> None:
    run("--all", "--name", "x" * 300)
    assert ReplayJob.objects.get().name == "x" * 100


def test_it_says_where_the_events_are_when_the_queue_takes_nothing(
    skipped: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eventlog.replay.jobs.EVENTS_PER_STEP", 2)
    for serial in range(3):
        skipped.deliver(text(message_id=f"wamid.{serial}"))
    refused = Fault(kind=FaultKind.PERMISSION_DENIED, service="tasks", method="CreateTask", times=1)
    skipped.emulators.faults.add(refused)
    out = StringIO()
    with pytest.raises(CommandError, match="queue cannot be reached"):
        call_command("replay", "--all", "--json", stdout=out)
    report = json.loads(out.getvalue())
    assert (report["queued"], report["without_task"], report["to_open"]) == (0, 2, 2)
    assert (
        sorted(Event.objects.values_list("state", flat=True)) == ["received"] * 2 + ["skipped"] * 2
    )
    job = ReplayJob.objects.get(pk=report["job"])
    assert "Replays that went on: 1" in catch_up()
    job.refresh_from_db()
    assert job.state == "running"
    assert len(skipped.scheduled()) == 4
    call_command("requeue_stuck", stdout=StringIO())
    assert len(skipped.scheduled()) == 4  # nothing is left to the sweeper
    assert set(Event.objects.values_list("state", flat=True)) == {"queued"}


def catch_up() -> str:
    out = StringIO()
    call_command("catch_up", stdout=out)
    return out.getvalue()


def test_what_was_taken_before_the_queue_failed_is_in_it(skipped: Platform) -> None:
    skipped.deliver(text(message_id="wamid.2"))
    refused = Fault(kind=FaultKind.PERMISSION_DENIED, service="tasks", method="CreateTask", skip=1)
    skipped.emulators.faults.add(refused)
    with pytest.raises(CommandError, match="queue cannot be reached"):
        run("--all")
    states = Event.objects.values_list("state", flat=True)
    assert sorted(states) == ["queued", "received"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--reason", "gave_up"),
        ("--state", "ignored"),
        ("--until", "2000-01-01"),
        ("--event", "999999"),
    ],
)
def test_what_does_not_match_is_not_replayed(skipped: Platform, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match="nothing to replay"):
        run(*arguments)
    assert Event.objects.get().state == "skipped"


def test_one_event_or_one_delivery_can_be_named(skipped: Platform) -> None:
    event = Event.objects.get()
    assert f"Chosen: event {event.pk}." in run("--event", str(event.pk), "--dry-run")
    assert "Put into the queue: events 1." in run("--delivery", str(event.delivery_id))


def test_events_are_chosen_by_codes_of_metas(skipped: Platform) -> None:
    Event.objects.update(error_code=131047)
    with pytest.raises(CommandError, match="nothing to replay"):
        run("--code", "131026")
    assert "with error 131026 or 131047" in run("--code", "131026", "--code", "131047")
    assert Event.objects.get().state == "queued"


def test_too_many_are_refused(skipped: Platform, settings: Settings) -> None:
    settings.REPLAY_MAX_EVENTS = 0
    with pytest.raises(CommandError, match="More than 0 events"):
        run("--all")


@pytest.mark.parametrize("reason", ["applied", "nonsense"])
def test_reasons_that_cannot_be_replayed_are_not_understood(db: None, reason: str) -> None:
    with pytest.raises(CommandError, match="invalid choice"):
        run("--reason", reason)
