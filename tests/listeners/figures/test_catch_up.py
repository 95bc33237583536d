"""The command that keeps figures and replays going."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from listeners.figures.counting import ALL
from listeners.models import Figure, ReplayedEvent, ReplayJob
from tests.listeners.figures.ledger import make_event
from webhooks.models import Event
from webhooks.outcomes import Reason

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed_port(settings: Settings) -> None:
    settings.TASKS_EMULATOR_HOST = "127.0.0.1:9"


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("catch_up", *arguments, stdout=out)
    return out.getvalue()


def hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


def test_it_counts_what_is_there() -> None:
    make_event(at=hour_ago())
    report = json.loads(run("--json"))
    assert report["up_to_date"]
    assert report["minutes"] >= 60
    assert Figure.objects.filter(span=Figure.Span.MINUTE, lease_number=ALL).count() == 1
    assert "0 replays went on, 0 outcomes were noted." in run()


def test_what_was_added_to_the_past_by_hand_can_be_counted(closed_port: None) -> None:
    make_event(at=hour_ago())
    run()
    make_event(at=hour_ago())
    run()
    assert counted() == 1
    run("--recount-since", (hour_ago() - timedelta(minutes=1)).isoformat())
    assert counted() == 2


def counted() -> int:
    return sum(
        figure.events for figure in Figure.objects.filter(span=Figure.Span.MINUTE, lease_number=ALL)
    )


def test_it_finishes_replays(closed_port: None) -> None:
    event = make_event(at=hour_ago())
    job = ReplayJob.objects.create(
        name="x", asked_at=hour_ago(), state=ReplayJob.State.RUNNING, event_count=1
    )
    ReplayedEvent.objects.create(job=job, event=event, reopened_at=hour_ago())
    assert "1 outcomes" in run()
    job.refresh_from_db()
    assert job.state == "finished"


def test_it_says_when_the_queue_cannot_be_reached(
    closed_port: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("listeners.management.commands.catch_up.COMMAND_BUDGET_SECONDS", 0.2)
    event = make_event(Reason.NO_PERSON, at=hour_ago())
    job = ReplayJob.objects.create(name="x", asked_at=hour_ago(), event_count=1)
    ReplayedEvent.objects.create(job=job, event=event)
    with pytest.raises(CommandError, match="queue"):
        run()
    assert Event.objects.get().state == "received"
    assert Figure.objects.exists()
