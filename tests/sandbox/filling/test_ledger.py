"""The made-up ledger: as large as asked for, the same each time, and true to its own bytes."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from eventlog.balance import balance
from eventlog.questions.windows import Window
from eventlog.rereading.differences import reread_one
from sandbox.filling.ledger import Filled, made_up
from webhooks.models import Delivery, Event
from webhooks.outcomes import OPEN, Reason
from webhooks.whatsapp.failures import code_of
from webhooks.whatsapp.payload import parse
from webhooks.whatsapp.reading import read

NOW = datetime(2026, 6, 1, 10, 14, tzinfo=UTC)


def make(*, seed: int = 1, days: int = 14) -> list[Filled]:
    return list(made_up(deliveries=300, events=1200, days=days, now=NOW, seed=seed))


def test_it_has_as_many_deliveries_and_events_as_asked_for() -> None:
    ledger = make()
    assert len(ledger) == 300
    assert sum(len(filled.events) for filled in ledger) == 1200
    assert all(len(filled.events) == filled.delivery.item_count for filled in ledger)


def test_it_comes_in_order_and_ends_now() -> None:
    ids = [filled.delivery.pk for filled in make()]
    moments = [filled.delivery.received_at for filled in make()]
    assert moments == sorted(moments)
    assert sorted(ids, key=lambda each: each.int >> 80) == ids
    assert NOW - timedelta(days=14) <= moments[0]
    assert NOW - timedelta(hours=1) <= moments[-1] < NOW


def test_the_same_seed_makes_the_same() -> None:
    def messages(seed: int) -> list[str]:
        return [event.message_id for filled in make(seed=seed) for event in filled.events]

    assert messages(1) == messages(1) != messages(2)


def test_events_are_what_their_bytes_say() -> None:
    for filled in make():
        reread = reread_one(filled.delivery, filled.events)
        assert (reread.items, reread.differences) == (len(filled.events), [])
        read_again = read(parse(bytes(filled.delivery.body or b"")))
        codes = [code_of(item.errors) for item in read_again]
        assert codes == [event.error_code for event in filled.events]


def test_every_event_has_a_reason_that_fits_its_state() -> None:
    for filled in make():
        for event in filled.events:
            assert Reason[event.reason.upper() or "NONE"].state == event.state
            assert (event.settled_at is None) == (event.state in OPEN)
            assert (event.check_at is None) == (event.state not in OPEN)


def test_it_has_something_of_everything() -> None:
    kinds = Counter(event.kind for filled in make() for event in filled.events)
    reasons = Counter(event.reason for filled in make() for event in filled.events)
    assert {"text", "status", "reaction", "message", "change"} <= set(kinds)
    assert {"applied", "no_active_tracking", "unsupported_type", "late_status"} <= set(reasons)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("fill_ledger", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_writes_a_ledger_in_which_everything_is_accounted_for(db: None) -> None:
    said = run("--events", "900", "--deliveries", "200", "--days", "3")
    assert said.endswith("900 events in 200 deliveries.\n")
    assert (Delivery.objects.count(), Event.objects.count()) == (200, 900)
    account = balance(Window(), now=datetime.now(UTC))
    assert account.balanced
    assert (account.deliveries, account.items) == (200, 900)


def test_the_command_refuses_a_deployed_database(db: None, settings: Settings) -> None:
    settings.DEPLOYED = True
    with pytest.raises(CommandError, match="deployed"):
        run()
    assert not Event.objects.exists()
