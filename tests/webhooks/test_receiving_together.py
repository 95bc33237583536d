"""Those who share a transaction go on together, and each hears what came of its own."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connection, connections
from pytest_django import Settings

from sandbox import samples
from sandbox.emulators import FaultKind
from tests.ledger_tasks import task_for
from tests.webhooks.conftest import NOW, QueueContents
from tests.webhooks.test_enqueuing import somebody_holds
from tests.webhooks.test_ledger_together import at_once, record, until
from tests.webhooks.test_ledger_together import text as item
from webhooks import receiving
from webhooks.forwarding import InProcessForwarder
from webhooks.models import Delivery, Event
from webhooks.receipts import Receipt, Sent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("queue")]

SLOW_SECONDS = 0.7
TOGETHER = InProcessForwarder(together=True)


def text(number: int) -> bytes:
    message = samples.text(message_id=f"wamid.{number}")
    return samples.encode(samples.envelope(samples.entry(samples.change(messages=[message]))))


def accept(body: bytes, *, forwarder: receiving.Forwarder = TOGETHER) -> Receipt:
    return receiving.accept(body=body, headers={}, now=NOW, forwarder=forwarder)


def accepted(bodies: Sequence[bytes]) -> list[Receipt]:
    """The first alone, the others in one transaction behind it."""
    return at_once([partial(accept, body) for body in bodies])


def test_those_who_share_a_transaction_share_a_task(contents: QueueContents) -> None:
    first, *others = accepted([text(number) for number in range(8)])
    assert contents.grouped() == [{first.delivery}, {each.delivery for each in others}]
    assert set(contents.tasks()) == {task_for(each.delivery) for each in [first, *others]}
    assert {each.sent for each in [first, *others]} == {Sent.DONE}
    assert set(Event.objects.values_list("state", "queued_at")) == {("queued", NOW)}


def test_with_another_way_each_goes_by_itself(contents: QueueContents, settings: Settings) -> None:
    settings.TASKS_TOGETHER = False
    alone = InProcessForwarder()
    receipts = at_once([partial(accept, text(number), forwarder=alone) for number in range(4)])
    assert [*map(len, contents.grouped())] == [1] * 4
    assert {each.sent for each in receipts} == {Sent.NOT_YET}


def test_the_same_bytes_share_a_task_with_themselves(contents: QueueContents) -> None:
    first, *others = accepted([text(0), text(1), text(1), text(2)])
    assert contents.grouped() == [{first.delivery}, {each.delivery for each in others}]
    assert len({each.row for each in others}) == 3
    assert len({each.delivery for each in others}) == 2


def test_what_needs_no_task_gets_none(contents: QueueContents) -> None:
    nothing = samples.encode(samples.envelope())
    _, empty, _ = accepted([text(0), nothing, text(1)])
    assert not empty.needs_task
    assert empty.delivery not in {each.delivery for each in contents.tasks()}
    assert len(contents.tasks()) == 2


def test_who_writes_does_not_wait_for_the_queue(contents: QueueContents) -> None:
    contents.fault(FaultKind.SLOW, seconds=SLOW_SECONDS)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(_in_a_thread, text(0))
        until(lambda: Delivery.objects.count() == 1)
        record(b"another")
        assert not contents.tasks()
    assert slow.result().sent is Sent.DONE


def test_each_has_its_task_where_one_spoils_the_transaction(contents: QueueContents) -> None:
    odd = partial(record, b"odd", [item("odd", message_id="wamid.\ud800")], way=TOGETHER)
    receipts = at_once([*(partial(accept, text(number)) for number in range(5)), odd])
    needing = [each for each in receipts if each.needs_task]
    assert len(needing) == 5
    assert set(contents.tasks()) == {task_for(each.delivery) for each in needing}
    assert {each.sent for each in needing} == {Sent.DONE}


def test_without_the_queue_nobody_tries_again_and_nothing_is_lost(
    contents: QueueContents, caplog: pytest.LogCaptureFixture
) -> None:
    contents.fault(FaultKind.SLOW)
    contents.refuse()  # once: who tried again would be heard
    first, *others = accepted([text(number) for number in range(5)])
    assert contents.grouped() == [{first.delivery}]
    assert {each.sent for each in others} == {Sent.DONE}
    assert caplog.messages == ["A delivery was not sent on."] * 4
    assert {vars(each)["delivery"] for each in caplog.records} == {
        str(each.delivery) for each in others
    }
    assert Event.objects.filter(state="received").count() == 4


def test_whose_event_somebody_holds_waits_for_it_alone(contents: QueueContents) -> None:
    """Such as a run that was quicker than the note of its task."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite knows no lock of a row")
    contents.fault(FaultKind.SLOW, seconds=SLOW_SECONDS)
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(_in_a_thread, text(0))
        until(lambda: Delivery.objects.count() == 1)
        delivery = Delivery.objects.get().pk
        held = Receipt(row=delivery, delivery=delivery, digest="", needs_task=True)
        with somebody_holds(held):
            until(lambda: len(contents.tasks()) == 1)
            assert accept(text(1)).sent is Sent.DONE
            assert not waits.done()
    assert waits.result().sent is Sent.UNNOTED
    assert set(Event.objects.values_list("state", "queued_at")) == {("queued", NOW)}


def _in_a_thread(body: bytes) -> Receipt:
    try:
        return accept(body)
    finally:
        connections.close_all()
