"""What rows of an older release lack is filled in from the ledger, once and a part at a time."""

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from eventlog import marks
from eventlog.models import OlderRowsMark
from eventlog.older_rows import SIDE_BY_SIDE, FillReport, begin_again, fill_in
from eventlog.questions.filters import EventFilter, matching
from eventlog.questions.same import about_message
from sandbox.emulators import Emulators
from tests.platform import Platform
from tests.releases.test_older_rows import ROWS, store
from tests.rules.test_names import BY_NUMBER, BY_USER_ID, deliver, egyptian, other_scope
from tests.webhooks.whatsapp.payloads import items_of, load
from webhooks import new_events
from webhooks.models import Delivery, Event
from webhooks.whatsapp.failures import code_of

LACKING = ("message_key", "target_key", "error_code")
NOTHING: dict[str, Any] = dict.fromkeys(LACKING)


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> Iterator[str]:
    """Our stand-in alone: the log is in front of Firestore."""
    yield stand_ins.firestore_host
    stand_ins.faults.clear()


def fill(platform: Platform, *, minutes: int = 1) -> FillReport:
    """Fills in what was there an hour before, in so much time."""
    now = platform.now + SIDE_BY_SIDE
    return fill_in(clock=lambda: now, until=now + timedelta(minutes=minutes))


def begin(platform: Platform) -> None:
    """The first run of a release that knows the columns."""
    assert fill_in(clock=lambda: platform.now, until=platform.now) == FillReport(
        rows=0, down_to=platform.now + SIDE_BY_SIDE, done=False
    )


@pytest.mark.parametrize("name", [name for name in ROWS if ROWS[name]])
def test_each_row_has_what_it_would_have_if_it_were_written_today(
    platform: Platform, name: str
) -> None:
    delivery = store(name, platform, reopened=False)
    assert not delivery.events.exclude(**NOTHING).exists()
    begin(platform)
    report = fill(platform)
    today = {item.position: new_events.event_of(delivery, item) for item in items_of(name)}
    rows = delivery.events.values_list("position", *LACKING)
    assert {position: tuple(values) for position, *values in rows} == {
        position: tuple(getattr(today[position], column) for column in LACKING)
        for position, *_ in rows
    }
    assert report.done
    assert report.rows == delivery.events.exclude(**NOTHING).count()


def test_they_are_found_by_code_and_by_another_id_of_their_message(platform: Platform) -> None:
    failed = store("status_failed", platform, reopened=False)
    [item] = items_of("status_failed")
    code = code_of(item.errors)
    assert code
    reply = store("text_reply", platform, reopened=False)
    quoted = reply.events.get().target_id
    twin = quoted.replace("VAgAS", "VAwAS")  # flags
    assert twin != quoted
    by_code = matching(EventFilter(codes=(code,)), now=platform.now)
    by_key = Event.objects.filter(about_message(twin))
    assert (by_code.exists(), by_key.exists()) == (False, False)
    begin(platform)
    fill(platform)
    assert [event.delivery_id for event in by_code] == [failed.pk]
    assert [event.delivery_id for event in by_key] == [reply.pk]


def test_a_message_that_an_older_release_saw_is_found_by_another_id(platform: Platform) -> None:
    other_scope(platform)
    sent = {"kind": "status", "name": "sent", "state": "processed", "reason": "applied"}
    names = egyptian()
    Event.objects.create(
        delivery=Delivery.objects.create(
            received_at=platform.now,
            body=_status_of(BY_NUMBER),
            size=1,
            digest="d",
            verdict="readable",
        ),
        position=0,
        lease_number="15550100001",
        person_number=names["number"],
        person_user_id=names["user_id"],
        message_id=BY_NUMBER,
        received_at=platform.now,
        **sent,
    )
    begin(platform)
    fill(platform)
    assert deliver(platform, "reaction_by_other_scope_id") == [("processed", "applied")]
    assert Event.objects.get(kind="reaction").target_id == BY_USER_ID


def _status_of(message_id: str) -> bytes:
    known = json.loads(load("status_sent"))
    known["entry"][0]["changes"][0]["value"]["statuses"][0]["id"] = message_id
    return json.dumps(known).encode()


def test_the_number_of_queries_does_not_grow_with_the_rows(platform: Platform) -> None:
    begin(platform)
    found = []
    for names in (["text"], [name for name in ROWS if ROWS[name] and name != "text"]):
        for name in names:
            store(name, platform, reopened=False)
        begin_again(now=platform.now + SIDE_BY_SIDE)
        with CaptureQueriesContext(connection) as queries:
            assert fill(platform).done
        found.append(len([query for query in queries if "SELECT" in query["sql"]]))
    assert found[1] <= found[0] + 1  # to lock several rows in one order


def test_what_stands_in_a_row_stays(platform: Platform) -> None:
    delivery = store("status_failed", platform, reopened=False)
    delivery.events.update(error_code=1)
    before = delivery.events.values().get()
    begin(platform)
    fill(platform)
    after = delivery.events.values().get()
    assert after["error_code"] == 1
    assert after["message_key"] is not None
    assert {**after, "message_key": None} == before


def test_it_begins_once_no_older_release_writes_any_more(platform: Platform) -> None:
    begin(platform)
    delivery = store("text", platform, reopened=False)
    assert fill(platform).rows == 1
    assert delivery.events.get().message_key is not None


@pytest.mark.parametrize(("limit", "value"), [("DELIVERIES_AT_A_TIME", 1), ("BYTES_AT_A_TIME", 1)])
def test_it_goes_on_where_the_time_was_up_the_newest_first(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    begin(platform)
    monkeypatch.setattr(marks, limit, value)
    deliveries = [store(name, platform, reopened=False) for name in ("text", "status_sent")]
    platform.now += timedelta(minutes=1)
    deliveries.append(store("status_read", platform, reopened=False))
    reports = [fill(platform, minutes=0) for _ in range(5)]
    assert [report.rows for report in reports] == [1, 1, 1, 0, 0]
    assert [report.done for report in reports] == [False, False, False, True, True]
    assert reports[0].down_to == platform.now
    for delivery in deliveries:
        assert delivery.events.get().message_key is not None


def test_it_can_begin_again(platform: Platform) -> None:
    begin(platform)
    assert fill(platform).done
    delivery = store("text", platform, reopened=False)
    assert fill(platform).rows == 0
    begin_again(now=platform.now + SIDE_BY_SIDE)
    assert fill(platform).rows == 1
    assert delivery.events.get().message_key is not None


@pytest.mark.django_db
def test_the_command_says_how_far_it_is() -> None:
    def run(*arguments: str) -> dict[str, Any]:
        out = StringIO()
        call_command("catch_up", "--json", *arguments, stdout=out)
        found: dict[str, Any] = json.loads(out.getvalue())
        return found

    body = load("status_failed")
    delivery = Delivery.objects.create(
        received_at=timezone.now(), body=body, size=len(body), digest="d", verdict="readable"
    )
    Event.objects.create(
        **ROWS["status_failed"][0], delivery=delivery, received_at=timezone.now(), state="skipped"
    )
    first = run()
    assert (first["filled"], first["filled_all"]) == (0, False)
    again = run("--fill-again")
    assert (again["filled"], again["filled_all"]) == (1, True)
    assert OlderRowsMark.objects.get().done_at is not None
    out = StringIO()
    call_command("catch_up", stdout=out)
    assert "older" not in out.getvalue()
