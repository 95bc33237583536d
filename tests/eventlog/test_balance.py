"""Items in = items accounted, and the command that says so."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from eventlog.balance import Account, balance
from eventlog.questions.windows import Window
from sandbox import samples
from tests.eventlog.figures.ledger import MINUTE, NOON, make_delivery, make_event
from visn_whatsapp.findings import Finding
from webhooks.models import Delivery, Event
from webhooks.outcomes import Reason
from webhooks.receiving import receive

pytestmark = pytest.mark.django_db
NOW = NOON + 2 * MINUTE


def everything() -> Account:
    return balance(Window(), now=NOW)


def test_a_ledger_with_nothing_in_it_is_balanced() -> None:
    assert everything() == Account()
    assert everything().balanced


def test_what_is_received_is_accounted_for() -> None:
    change = samples.change(
        messages=[samples.text(), samples.image(), {"odd": 1}, 7], statuses=[samples.status()]
    )
    payload = samples.envelope(samples.entry(change, samples.other_change()), "odd")
    now = datetime.now(UTC)
    for body in (samples.encode(payload), samples.encode(payload), b"not JSON"):
        receive(body=body, headers={}, source=Delivery.Source.META, now=now)
    account = balance(Window(), now=now)
    assert account.balanced
    assert (account.deliveries, account.items, account.events) == (3, 8, 8)
    assert (account.settled, account.open) == (6, 2)


@pytest.mark.parametrize(
    ("items", "events"),
    [pytest.param(2, 1, id="an event is missing"), pytest.param(1, 2, id="there is one too many")],
)
def test_a_delivery_that_does_not_add_up_is_named(items: int, events: int) -> None:
    make_event()
    odd = make_delivery(items=items)
    for position in range(events):
        make_event(delivery=odd, position=position)
    account = everything()
    assert not account.balanced
    assert account.odd_deliveries == 1
    assert [str(delivery) for delivery in account.odd] == [str(Delivery.objects.first().pk)]  # type: ignore[union-attr]


def test_two_deliveries_that_make_up_for_each_other_are_both_odd() -> None:
    for items, events in ((2, 1), (1, 2)):
        delivery = make_delivery(items=items)
        for position in range(events):
            make_event(delivery=delivery, position=position)
    account = everything()
    assert account.items == account.events == 3
    assert account.odd_deliveries == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "queued", "reason": "", "check_at": None},
        {"state": "waiting", "check_at": NOON - 20 * MINUTE},
    ],
)
def test_an_open_event_that_nobody_looks_at_is_forgotten(changes: dict[str, object]) -> None:
    make_event(Reason.NONE)
    assert everything().balanced
    Event.objects.update(**changes)
    account = everything()
    assert (account.balanced, account.forgotten, account.open) == (False, 1, 1)


@pytest.mark.parametrize("changes", [{"reason": ""}, {"settled_at": None}])
def test_a_settled_event_without_a_reason_or_a_time_is_unexplained(
    changes: dict[str, object],
) -> None:
    make_event()
    Event.objects.update(**changes)
    account = everything()
    assert (account.balanced, account.unexplained) == (False, 1)


def test_a_window_is_compared_alone() -> None:
    for hours in (0, 7, 14):
        make_event(at=NOON - timedelta(hours=hours))
    window = Window(start=NOON - timedelta(hours=8), end=NOON)
    assert (balance(window, now=NOW).items, everything().items) == (1, 3)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("accounted", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_says_what_became_of_everything() -> None:
    make_event()
    make_event(Reason.NONE, check_at=NOON + timedelta(days=9999))
    assert run() == (
        "Deliveries: 2. Items in them: 2. Events of them in the ledger: 2, "
        "1 settled, 1 on their way.\n"
        "Due, for 15 minutes at most: 0. Overdue, or seen to by nobody: 0.\n"
    )


def test_the_command_fails_if_something_is_not_accounted_for() -> None:
    odd = make_delivery(items=5)
    out = StringIO()
    with pytest.raises(CommandError, match="Not everything"):
        call_command("accounted", "--json", stdout=out)
    report = json.loads(out.getvalue())
    assert (report["items"], report["events"], report["balanced"]) == (5, 0, False)
    assert report["odd"] == [str(Delivery.objects.get(pk=odd.pk).pk)]


def ended(*arguments: str) -> tuple[dict[str, Any], int]:
    """What the command says in JSON, and its exit status."""
    out = StringIO()
    try:
        call_command("accounted", "--json", *arguments, stdout=out)
    except CommandError as error:
        return json.loads(out.getvalue()), error.returncode
    return json.loads(out.getvalue()), 0


def test_items_that_are_no_events_are_wrong_whatever_the_deliveries_say() -> None:
    """Two ways to count the same: as from a part of the ledger that one of them does not see."""
    assert Account(deliveries=1, items=2, events=2).finding == Finding.WELL
    assert Account(deliveries=1, items=2, events=0).finding == Finding.WRONG


def test_nothing_to_compare_is_well_and_said() -> None:
    report, status = ended()
    assert (report["finding"], report["exit_status"], status) == ("nothing_to_compare", 0, 0)
    assert run() == "Nothing to compare: no delivery was received then.\n"


def test_rows_that_were_not_compared_are_not_well() -> None:
    """None was found where a plain count finds some."""
    assert Account(uncompared=540).finding == Finding.CANNOT_TELL


def test_events_that_are_due_are_told_with_the_time_that_they_have() -> None:
    for minutes in (1, 14, 16):
        event = make_event(Reason.NONE)
        Event.objects.filter(pk=event.pk).update(check_at=datetime.now(UTC) - minutes * MINUTE)
    report, status = ended()
    assert (report["due"], report["forgotten"], report["overdue_after_minutes"]) == (2, 1, 15)
    assert (report["finding"], status) == ("wrong", 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("column", ["received_at", "item_count"])
def test_a_check_that_breaks_off_could_not_tell(column: str) -> None:
    """As on a database that lacks a migration."""
    rename = "ALTER TABLE webhooks_delivery RENAME COLUMN {} TO {}"
    with connection.cursor() as cursor:
        cursor.execute(rename.format(column, "gone"))
        try:
            report, status = ended()
        finally:
            cursor.execute(rename.format("gone", column))
    assert (report["finding"], report["exit_status"], status) == ("could_not_tell", 2, 2)
    assert report["words"] == "The database cannot be reached."


def test_a_check_that_raises_could_not_tell(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Python's own status for a traceback would say that something is wrong."""
    monkeypatch.setattr("eventlog.balance.PART", "six hours")
    make_event()
    report, status = ended()
    assert (report["finding"], status) == ("could_not_tell", 2)
    assert report["words"] == "The check broke off: TypeError."
    assert caplog.messages == ["A check broke off."]


def test_the_command_takes_a_window() -> None:
    make_delivery(items=5)
    assert "Nothing to compare" in run("--since", "2026-03-02T12:00:01", "--until", "2026-03-03")
    with pytest.raises(CommandError, match="no moment"):
        run("--since", "yesterday")


def test_the_command_takes_the_last_of_the_ledger() -> None:
    """What a scheduler asks for: received so long ago, by the ledger's clock."""
    make_delivery(items=5)
    Delivery.objects.update(received_at=datetime.now(UTC) - 90 * MINUTE)
    assert "Nothing to compare" in run("--last", "80m")
    with pytest.raises(CommandError, match="Not everything is accounted for"):
        run("--last", "100m")
