"""Replays from the command line."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from listeners.models import ReplayJob
from tests.platform import Platform
from visn_whatsapp.emulators import Emulators
from webhooks.models import Event
from webhooks.whatsapp.samples import text


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
    assert "1 events would be opened again, 0 are left alone." in said
    assert Event.objects.get().state == "skipped"
    assert not ReplayJob.objects.exists()
    assert skipped.scheduled() == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("--reason", "gave_up"),
        ("--state", "ignored"),
        ("--since", "2999-01-01"),
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
    assert "1 events were opened" in run("--delivery", str(event.delivery_id))


def test_too_many_are_refused(skipped: Platform, settings: Settings) -> None:
    settings.REPLAY_MAX_EVENTS = 0
    with pytest.raises(CommandError, match="More than 0 events"):
        run()


@pytest.mark.parametrize("reason", ["applied", "nonsense"])
def test_reasons_that_cannot_be_replayed_are_not_understood(db: None, reason: str) -> None:
    with pytest.raises(CommandError, match="invalid choice"):
        run("--reason", reason)
