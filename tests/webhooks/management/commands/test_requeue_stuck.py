"""The sweeper as a command."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests.webhooks.conftest import NOW, QueueContents
from tests.webhooks.databases import OUTAGES
from tests.webhooks.whatsapp.payloads import load
from webhooks import receiving
from webhooks.models import Delivery, Event
from webhooks.outcomes import State

pytestmark = pytest.mark.django_db


def stuck() -> None:
    """Records a delivery of long ago that was never sent on."""
    source = Delivery.Source.META
    receiving.receive(body=load("text"), headers={}, source=source, now=NOW)
    Event.objects.update(check_at=timezone.now())


def run(*arguments: str) -> str:
    """Returns what the command prints."""
    output = StringIO()
    call_command("requeue_stuck", *arguments, stdout=output)
    return output.getvalue()


def test_the_command_says_what_it_did(contents: QueueContents) -> None:
    stuck()

    assert run() == "Queued again: events 1, tasks 1. Given up: 0.\n"
    assert Event.objects.get().state == State.QUEUED
    assert len(contents.tasks()) == 1
    assert run() == "Queued again: events 0, tasks 0. Given up: 0.\n"


def test_a_dry_run_says_what_it_would_do(contents: QueueContents) -> None:
    stuck()

    assert run("--dry-run") == "To be queued again: events 1, tasks 1. Given up: 0.\n"
    assert Event.objects.get().state == State.RECEIVED
    assert contents.tasks() == []


def test_a_program_reads_json(contents: QueueContents) -> None:
    stuck()

    assert json.loads(run("--json", "--limit=5")) == {
        "tasks": 1,
        "events": 1,
        "gave_up": 0,
        "reopened": 0,
        "queue_available": True,
        "in_time": True,
    }


def test_a_queue_that_is_down_is_reported_and_fails(contents: QueueContents) -> None:
    stuck()
    contents.refuse()
    output = StringIO()

    with pytest.raises(CommandError, match=r"^The queue cannot be reached\.$"):
        call_command("requeue_stuck", "--json", stdout=output)

    assert json.loads(output.getvalue())["queue_available"] is False


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_down_fails(contents: QueueContents) -> None:
    stuck()

    with (
        OUTAGES["read only"](),
        pytest.raises(CommandError, match=r"^The database cannot be reached\.$"),
    ):
        run()
