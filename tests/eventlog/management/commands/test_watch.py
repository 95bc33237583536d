"""`manage.py watch` says by its exit status whether a problem is open."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from eventlog.models import Problem
from tests.eventlog.channels.receivers import web_server
from tests.eventlog.figures.ledger import make_event
from tests.webhooks.databases import execute
from webhooks import clock
from webhooks.outcomes import Reason

pytestmark = pytest.mark.django_db


def watch() -> tuple[int, dict[str, Any]]:
    """The exit status, and what is printed."""
    printed, status = StringIO(), 0
    try:
        call_command("watch", "--json", stdout=printed)
    except CommandError as error:
        status = error.returncode
    data = json.loads(printed.getvalue())
    assert data["exit_status"] == status
    return status, data


def test_nothing_is_open() -> None:
    assert watch() == (0, {"finding": "well", "exit_status": 0, "problems": []})


def test_something_is_open_until_somebody_takes_it_up() -> None:
    make_event(Reason.NONE)
    status, data = watch()
    assert status == 1
    [problem] = data["problems"]
    assert (problem["kind"], problem["severity"], problem["state"]) == ("queue", "urgent", "open")
    Problem.objects.update(lease_number="15550000001")
    make_event(Reason.NONE)
    for state in ("acknowledged", "ignored"):
        Problem.objects.update(state=state, ignored_until=clock.now().replace(year=2099))
        status, data = watch()
        assert (status, data["problems"][0]["state"]) == (0, state)
    assert "15550000001" not in json.dumps(data)


def test_the_channels_are_told(settings: Settings) -> None:
    make_event(Reason.NONE)
    with web_server() as received:
        settings.CHANNELS = (f"ops=signed://secret@127.0.0.1:{received.port}/hook",)
        watch()
        watch()
    [body] = received.bodies
    assert json.loads(body)["problem"] == Problem.objects.get().pk


@pytest.mark.django_db(transaction=True)
def test_what_could_not_be_looked_at_is_not_well() -> None:
    execute("ALTER TABLE webhooks_donechore RENAME TO webhooks_away")
    try:
        status, data = watch()
    finally:
        execute("ALTER TABLE webhooks_away RENAME TO webhooks_donechore")
    assert (status, data["finding"]) == (2, "could_not_tell")
    assert [problem["kind"] for problem in data["problems"]] == ["look"]
    Problem.objects.all().delete()
    execute("ALTER TABLE eventlog_problem RENAME TO eventlog_away")
    try:
        assert watch()[0] == 2
    finally:
        execute("ALTER TABLE eventlog_away RENAME TO eventlog_problem")
