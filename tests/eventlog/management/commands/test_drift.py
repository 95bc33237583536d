"""The command that says whether Meta sends what it does not document."""

import json
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from eventlog.drift.counting import look_over
from eventlog.retention import prune
from tests.webhooks.whatsapp.payloads import load
from webhooks.models import Delivery
from webhooks.receiving import receive

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def run(*arguments: str) -> tuple[int, str]:
    """The exit status and what is printed."""
    out = StringIO()
    try:
        call_command("drift", *arguments, stdout=out)
    except CommandError as error:
        return error.returncode, out.getvalue()
    return 0, out.getvalue()


def report(*arguments: str) -> tuple[int, dict[str, Any]]:
    status, words = run("--json", *arguments)
    return status, json.loads(words)


def arrives(name: str, at: datetime) -> None:
    receive(body=load(name), headers={}, source=Delivery.Source.META, now=at)


def look(now: datetime) -> None:
    look_over(clock=lambda: now, until=now + MINUTE)


def test_nothing_departs() -> None:
    now = timezone.now()
    arrives("text", now - 10 * MINUTE)
    look(now)
    status, found = report()
    assert (status, found["finding"], found["departures"]) == (0, "well", [])
    assert run()[1].endswith("Departures: 0.\n")


def test_what_departs_is_listed_the_last_first() -> None:
    now = timezone.now()
    arrives("user_id_not_of_the_form", now - 20 * MINUTE)
    arrives("user_actions_only", now - 10 * MINUTE)
    look(now)
    status, found = report()
    assert (status, found["finding"], found["exit_status"]) == (1, "wrong", 1)
    first, *others = found["departures"]
    assert first == {
        "departure": "unknown_key",
        "path": "entry[].changes[].value.user_actions",
        "shape": "list",
        "count": 1,
        "first_at": (now - 10 * MINUTE).isoformat(),
        "last_at": (now - 10 * MINUTE).isoformat(),
        "delivery": str(Delivery.objects.latest("received_at").pk),
        "has_bytes": True,
    }
    assert {row["path"].rpartition("[].")[2] for row in others} == {"user_id", "from_user_id"}
    status, words = run()
    assert status == 1
    assert "1 unknown_key, entry[].changes[].value.user_actions: list" in words
    assert "other_form: The string is not written as is documented." in words
    assert "foo_bar" not in words


def test_only_what_is_new_is_asked_for() -> None:
    now = timezone.now()
    arrives("user_actions_only", now - 20 * MINUTE)
    look(now - 10 * MINUTE)
    since = (now - 10 * MINUTE).isoformat()
    assert report("--since", since)[0] == 0
    arrives("status_deleted", now - 5 * MINUTE)
    look(now)
    status, found = report("--since", since)
    assert (status, [row["shape"] for row in found["departures"]]) == (1, ["deleted"])


@pytest.mark.parametrize("known", [False, True])
def test_who_has_not_looked_cannot_tell(*, known: bool) -> None:
    if known:
        look(timezone.now() - 20 * MINUTE)
    status, found = report()
    assert (status, found["finding"]) == (2, "could_not_tell")


def test_a_moment_to_come_is_not_taken_for_well() -> None:
    look(timezone.now())
    assert report("--since", (timezone.now() + MINUTE).isoformat())[0] == 2


def test_a_row_outlives_the_bytes_that_it_leads_to() -> None:
    now = timezone.now()
    arrives("user_actions_only", now - 10 * MINUTE)
    look(now)
    prune(before=now)
    status, found = report()
    assert (status, found["departures"][0]["has_bytes"]) == (1, False)
