"""Sending on what was recorded, and taking over what another gateway has."""

import logging
import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from sandbox import samples
from tests.ledger_tasks import task_for
from tests.webhooks.conftest import NOW, QueueContents
from tests.webhooks.databases import read_only
from webhooks import enqueuing, receiving
from webhooks.forwarding import InProcessForwarder
from webhooks.inserting import COPIED_FROM
from webhooks.models import Delivery, Event
from webhooks.outcomes import State
from webhooks.receipts import Receipt
from webhooks.receiving import Enqueued, NoSuchDelivery
from webhooks.task_queue import QueueUnavailable, TaskQueue

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(seconds=3)
TEXT = samples.encode(samples.envelope(samples.entry(samples.change(messages=[samples.text()]))))
IMAGE = samples.encode(samples.envelope(samples.entry(samples.change(messages=[samples.image()]))))
THREE = samples.encode(
    samples.envelope(
        samples.entry(
            samples.change(
                messages=[samples.text(), samples.image()],
                statuses=[samples.status(), samples.status(word="sent")],
            )
        )
    )
)


def receive(body: bytes = TEXT) -> Receipt:
    """Records a body that Meta has sent."""
    return receiving.receive(body=body, headers={}, source=Delivery.Source.META, now=NOW)


def test_enqueueing_makes_one_task_for_all_events(
    queue: TaskQueue, contents: QueueContents
) -> None:
    receipt = receive(THREE)

    enqueuing.enqueue(delivery=receipt.delivery, digest=receipt.digest, queue=queue, now=LATER)

    assert contents.tasks() == [task_for(receipt.delivery)]


def test_enqueueing_marks_the_events_that_are_still_received(queue: TaskQueue) -> None:
    receipt = receive(THREE)
    # Its task was so quick that it is done before anybody could note that it was made.
    Event.objects.filter(position=2).update(state=State.PROCESSED, started_at=NOW)

    enqueuing.enqueue(delivery=receipt.delivery, digest=receipt.digest, queue=queue, now=LATER)

    assert list(Event.objects.order_by("position").values_list("state", "queued_at")) == [
        ("queued", LATER),
        ("ignored", None),
        ("processed", LATER),
        ("queued", LATER),
    ]


def test_another_task_leaves_the_first_times_alone(queue: TaskQueue) -> None:
    receipt = receive()
    enqueuing.enqueue(delivery=receipt.delivery, digest=receipt.digest, queue=queue, now=LATER)

    enqueuing.enqueue(
        delivery=receipt.delivery,
        digest=receipt.digest,
        queue=queue,
        now=LATER + timedelta(hours=1),
    )

    assert Event.objects.get().queued_at == LATER


def test_an_event_that_waits_goes_on_waiting(queue: TaskQueue) -> None:
    receipt = receive()
    Event.objects.update(state=State.WAITING)

    enqueuing.enqueue(delivery=receipt.delivery, digest=receipt.digest, queue=queue, now=LATER)

    assert Event.objects.get().state == State.WAITING


def test_without_a_task_nothing_is_marked(queue: TaskQueue, contents: QueueContents) -> None:
    receipt = receive()
    contents.refuse()

    with pytest.raises(QueueUnavailable):
        enqueuing.enqueue(delivery=receipt.delivery, digest=receipt.digest, queue=queue, now=LATER)

    assert Event.objects.get().state == State.RECEIVED
    assert Event.objects.get().queued_at is None


@pytest.mark.django_db(transaction=True)
def test_a_task_that_cannot_be_noted_counts(
    queue: TaskQueue, contents: QueueContents, caplog: pytest.LogCaptureFixture
) -> None:
    receipt = receive()

    with read_only():
        enqueuing.enqueue(delivery=receipt.delivery, digest=receipt.digest, queue=queue, now=LATER)

    assert contents.tasks() == [task_for(receipt.delivery)]
    assert Event.objects.get().state == State.RECEIVED
    assert caplog.messages == ["A task was made but not noted."]


def test_what_meta_sends_is_recorded_and_enqueued(contents: QueueContents) -> None:
    receipt = receiving.accept(body=TEXT, headers={}, now=NOW, forwarder=InProcessForwarder())

    assert contents.tasks() == [task_for(receipt.delivery)]
    assert Event.objects.get().state == State.QUEUED


def test_what_needs_no_task_gets_none(contents: QueueContents) -> None:
    receiving.accept(body=IMAGE, headers={}, now=NOW, forwarder=InProcessForwarder())

    assert contents.tasks() == []


def test_what_cannot_be_sent_on_stays_received_and_is_logged(
    contents: QueueContents, caplog: pytest.LogCaptureFixture
) -> None:
    contents.refuse()

    receipt = receiving.accept(body=TEXT, headers={}, now=NOW, forwarder=InProcessForwarder())

    assert Event.objects.get().state == State.RECEIVED
    (record,) = caplog.records
    assert (record.levelno, record.getMessage()) == (
        logging.WARNING,
        "A delivery was not sent on.",
    )
    assert record.__dict__["delivery"] == str(receipt.delivery)
    assert record.__dict__["reason"] == "PermissionDenied"


def test_a_repeat_of_what_is_not_settled_gets_one_more_task_for_the_first(
    contents: QueueContents,
) -> None:
    first = receiving.accept(body=TEXT, headers={}, now=NOW, forwarder=InProcessForwarder())
    receiving.accept(body=TEXT, headers={}, now=LATER, forwarder=InProcessForwarder())

    assert contents.tasks() == [task_for(first.delivery)] * 2


def test_a_known_delivery_is_enqueued_without_looking_at_the_payload(
    queue: TaskQueue, contents: QueueContents
) -> None:
    receipt = receive()

    done = receiving.take_over(
        delivery=receipt.row, payload=b"not JSON", headers={}, queue=queue, now=LATER
    )

    assert done == Enqueued(delivery=receipt.row, enqueued=True)
    assert contents.tasks() == [task_for(receipt.row)]
    assert Delivery.objects.count() == 1


def test_a_known_repeat_is_enqueued_as_the_first(queue: TaskQueue, contents: QueueContents) -> None:
    first, again = receive(), receive()

    done = receiving.take_over(delivery=again.row, payload=b"", headers={}, queue=queue, now=LATER)

    assert done == Enqueued(delivery=first.row, enqueued=True)
    assert contents.tasks() == [task_for(first.row)]


def test_a_known_delivery_that_is_settled_is_not_enqueued(
    queue: TaskQueue, contents: QueueContents
) -> None:
    receipt = receive(IMAGE)

    done = receiving.take_over(
        delivery=receipt.row, payload=IMAGE, headers={}, queue=queue, now=LATER
    )

    assert done == Enqueued(delivery=receipt.row, enqueued=False)
    assert contents.tasks() == []


@pytest.mark.parametrize("known_there", [True, False])
def test_the_payload_of_another_gateway_is_recorded_first(
    known_there: bool, queue: TaskQueue, contents: QueueContents
) -> None:
    done = receiving.take_over(
        delivery=uuid4() if known_there else None,
        payload=TEXT,
        headers={"User-Agent": "gateway"},
        queue=queue,
        now=NOW,
    )

    delivery = Delivery.objects.get()
    assert done == Enqueued(delivery=delivery.pk, enqueued=True)
    assert (delivery.source, delivery.headers) == ("callable", {"User-Agent": "gateway"})
    assert bytes(delivery.body or b"") == TEXT
    assert contents.tasks() == [task_for(delivery.pk)]
    assert Event.objects.get().state == State.QUEUED


def test_the_payload_of_another_gateway_is_kept_though_the_queue_is_down(
    queue: TaskQueue, contents: QueueContents
) -> None:
    contents.refuse()

    with pytest.raises(QueueUnavailable):
        receiving.take_over(delivery=None, payload=TEXT, headers={}, queue=queue, now=NOW)

    assert Event.objects.get().state == State.RECEIVED


def test_an_unknown_delivery_without_its_payload_is_refused(queue: TaskQueue) -> None:
    with pytest.raises(NoSuchDelivery):
        receiving.take_over(delivery=uuid4(), payload=b"", headers={}, queue=queue, now=NOW)


@pytest.mark.parametrize("items", [1, COPIED_FROM - 1])
def test_the_statements_of_a_delivery_are_few_whatever_is_in_it(
    items: int, contents: QueueContents
) -> None:
    statuses = [samples.status(timestamp=second) for second in range(items)]
    body = samples.encode(samples.envelope(samples.entry(samples.change(statuses=statuses))))

    with CaptureQueriesContext(connection) as queries:
        receiving.accept(body=body, headers={}, now=NOW, forwarder=InProcessForwarder())

    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert [" ".join(re.findall(r"\w+", statement)[:3]) for statement in statements] == [
        "INSERT INTO webhooks_delivery",
        "INSERT INTO webhooks_event",
        "WITH taken AS" if connection.vendor == "postgresql" else "UPDATE webhooks_event SET",
    ]


@pytest.mark.parametrize("credentials", ["missing.json", "", "broken.json"])
def test_what_was_recorded_is_answered_though_nobody_may_make_a_task(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, credentials: str
) -> None:
    (tmp_path / "broken.json").write_text("{}")
    settings.TASKS_EMULATOR_HOST = ""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / credentials))

    receiving.accept(body=TEXT, headers={}, now=NOW, forwarder=InProcessForwarder())

    assert Event.objects.get().state == State.RECEIVED
