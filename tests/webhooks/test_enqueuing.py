"""Tasks of deliveries that come at the same time: one for all, or one for each and one note."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection, connections
from pytest_django import Settings

from sandbox import samples
from sandbox.emulators import FaultKind
from tests.ledger_tasks import task_for
from tests.webhooks.conftest import NOW, QueueContents
from tests.webhooks.databases import execute
from visn_whatsapp.traces import Handling, Trace
from webhooks import enqueuing, receiving, tasks
from webhooks.enqueuing import Call
from webhooks.models import Delivery, Event
from webhooks.receipts import Receipt
from webhooks.task_queue import QueueUnavailable, TaskQueue

pytestmark = pytest.mark.django_db(transaction=True)

WAIT_SECONDS = 30
SLOW_SECONDS = 0.7
BRIEFLY_SECONDS = 3.0


@pytest.fixture
def together(settings: Settings) -> None:
    settings.TASKS_TOGETHER = True


def receive(number: int) -> list[Receipt]:
    """Deliveries of a text each."""
    return [
        receiving.receive(
            body=samples.encode(
                samples.envelope(
                    samples.entry(samples.change(messages=[samples.text(message_id=f"wamid.{n}")]))
                )
            ),
            headers={},
            source=Delivery.Source.META,
            now=NOW,
        )
        for n in range(number)
    ]


@pytest.fixture
def received() -> list[Receipt]:
    return receive(8)


def enqueue(receipt: Receipt, *, queue: TaskQueue) -> None:
    """In a thread with a session of its own."""
    try:
        enqueuing.enqueue(delivery=receipt.delivery, digest=receipt.digest, queue=queue, now=NOW)
    finally:
        connections.close_all()


def at_once(receipts: Sequence[Receipt], *, queue: TaskQueue) -> list[BaseException | None]:
    """Enqueues the first, and the others while that is under way; returns what each came to."""

    with ThreadPoolExecutor(len(receipts)) as pool:
        asked = list[Future[None]]()
        for waiting, receipt in enumerate(receipts):
            asked.append(pool.submit(enqueue, receipt, queue=queue))
            until(lambda waiting=waiting: enqueuing.waiting() >= waiting)  # type: ignore[misc]
        return [each.exception(WAIT_SECONDS) for each in asked]


@pytest.mark.usefixtures("together")
def test_those_who_come_meanwhile_share_a_task(
    queue: TaskQueue, contents: QueueContents, received: list[Receipt]
) -> None:
    contents.fault(FaultKind.SLOW, seconds=SLOW_SECONDS)
    assert at_once(received, queue=queue) == [None] * 8
    first, *others = received
    assert contents.grouped() == [{first.delivery}, {each.delivery for each in others}]
    assert set(contents.tasks()) == {task_for(each.delivery) for each in received}
    assert set(Event.objects.values_list("state", "queued_at")) == {("queued", NOW)}


@pytest.mark.usefixtures("together")
def test_one_alone_has_a_task_that_every_release_reads(
    queue: TaskQueue, contents: QueueContents, received: list[Receipt]
) -> None:
    assert at_once(received[:1], queue=queue) == [None]
    [task] = contents.cloud_tasks()
    assert task.http_request.body == tasks.encode(received[0].delivery, digest=received[0].digest)


@pytest.mark.usefixtures("together")
def test_without_the_queue_each_hears_of_it_and_nobody_tries_again(
    queue: TaskQueue, contents: QueueContents, received: list[Receipt]
) -> None:
    contents.fault(FaultKind.SLOW, seconds=SLOW_SECONDS)
    contents.refuse()  # once: who tried again would be heard
    first, *others = at_once(received, queue=queue)
    assert first is None
    assert {type(each) for each in others} == {QueueUnavailable}
    assert {str(each) for each in others} == {"PermissionDenied"}
    assert contents.grouped() == [{received[0].delivery}]
    assert Event.objects.filter(state="received").count() == 7


@pytest.fixture
def unnoted() -> Iterator[None]:
    """A ledger in which no task can be noted."""
    execute("ALTER TABLE webhooks_event RENAME COLUMN queued_at TO gone")
    yield
    execute("ALTER TABLE webhooks_event RENAME COLUMN gone TO queued_at")
    connection.close()


@pytest.mark.usefixtures("together")
def test_tasks_that_cannot_be_noted_count(
    queue: TaskQueue,
    contents: QueueContents,
    received: list[Receipt],
    unnoted: None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    contents.fault(FaultKind.SLOW, seconds=SLOW_SECONDS)
    assert at_once(received, queue=queue) == [None] * 8
    assert len(contents.tasks()) == 8
    assert caplog.messages == ["A task was made but not noted."] * 8
    assert {vars(each)["delivery"] for each in caplog.records} == {
        str(each.delivery) for each in received
    }


def test_where_tasks_are_not_shared_each_has_its_own(
    queue: TaskQueue, contents: QueueContents, received: list[Receipt], settings: Settings
) -> None:
    settings.TASKS_TOGETHER = False
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda receipt: at_once([receipt], queue=queue), received))
    assert [*map(len, contents.grouped())] == [1] * 8
    assert set(Event.objects.values_list("state", "queued_at")) == {("queued", NOW)}


@pytest.mark.parametrize("shared", [True, False])
def test_tasks_are_of_the_trace_of_whoever_hands_them_over(
    queue: TaskQueue, contents: QueueContents, settings: Settings, shared: bool
) -> None:
    """Each of them, in whatever thread it is made; of its own trace, if that is known."""
    settings.TASKS_TOGETHER = shared
    traceparent = f"00-{'a' * 32}-{'b' * 16}-01"
    own = Trace(id="c" * 32, span="d" * 16, is_sampled=True)
    calls = [
        Call(delivery=each.delivery, digest=each.digest, queue=queue, now=NOW, trace=trace)
        for each, trace in zip(receive(3), (None, None, own), strict=True)
    ]
    with Handling({"HTTP_TRACEPARENT": traceparent}):
        enqueuing.enqueue_all(calls)
    made = [each.http_request.headers["traceparent"] for each in contents.cloud_tasks()]
    assert sorted(made) == ([traceparent] if shared else [traceparent, traceparent, own.header])
    named = sorted(each.traceparent for each in contents.tasks())
    assert named == (["", "", own.header] if shared else [""] * 3)


@pytest.mark.parametrize("shared", [True, False])
def test_an_event_that_somebody_holds_keeps_nobody_else_waiting(
    queue: TaskQueue, contents: QueueContents, settings: Settings, shared: bool
) -> None:
    """Such as a run that stopped in the middle; whose event it is waits, and is noted after all."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite knows no lock of a row")
    settings.TASKS_TOGETHER = shared
    held, *others = receive(8)
    with ThreadPoolExecutor(8) as pool:
        with somebody_holds(held):
            waits = pool.submit(enqueue, held, queue=queue)
            until(lambda: bool(execute("SELECT 1 FROM pg_locks WHERE NOT granted")))
            for each in [pool.submit(enqueue, receipt, queue=queue) for receipt in others]:
                each.result(WAIT_SECONDS)
            assert not waits.done()
            assert Event.objects.filter(state="queued").count() == 7
        waits.result(WAIT_SECONDS)
    assert Event.objects.filter(state="queued", queued_at=NOW).count() == 8


@pytest.mark.parametrize("shared", [True, False])
def test_those_who_are_handed_over_together_wait_briefly_for_an_event_that_somebody_holds(
    queue: TaskQueue,
    contents: QueueContents,
    settings: Settings,
    shared: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite knows no lock of a row")
    settings.TASKS_TOGETHER = shared
    held, *others = receive(4)
    calls = [
        Call(delivery=each.delivery, digest=each.digest, queue=queue, now=NOW)
        for each in [held, *others]
    ]
    with somebody_holds(held):
        start = time.monotonic()
        assert enqueuing.enqueue_all(calls) == {}
        assert time.monotonic() - start < BRIEFLY_SECONDS
    assert set(contents.tasks()) == {task_for(call.delivery) for call in calls}
    assert Event.objects.filter(state="queued", queued_at=NOW).count() == 3
    assert caplog.messages == ["A task was made but not noted."]
    assert vars(caplog.records[0])["delivery"] == str(held.delivery)


def test_who_lets_go_in_time_is_waited_for(
    queue: TaskQueue, contents: QueueContents, settings: Settings
) -> None:
    """Such as a run that was quicker than the note of its task."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite knows no lock of a row")
    settings.TASKS_TOGETHER = True
    calls = [
        Call(delivery=each.delivery, digest=each.digest, queue=queue, now=NOW)
        for each in receive(4)
    ]
    with ThreadPoolExecutor(1) as pool:
        with somebody_holds(receive(1)[0]):
            waits = pool.submit(_enqueue_all, calls)
            until(lambda: bool(execute("SELECT 1 FROM pg_locks WHERE NOT granted")))
        assert waits.result(WAIT_SECONDS) == {}
    assert Event.objects.filter(state="queued", queued_at=NOW).count() == 4


def _enqueue_all(calls: Sequence[Call]) -> object:
    try:
        return enqueuing.enqueue_all(calls)
    finally:
        connections.close_all()


@contextmanager
def somebody_holds(receipt: Receipt) -> Iterator[None]:
    """In a transaction that has no end yet."""
    other = connection.copy()
    try:
        execute("BEGIN", on=other)
        events = f"webhooks_event WHERE delivery_id = '{receipt.delivery}'"
        execute(f"SELECT 1 FROM {events} FOR NO KEY UPDATE", on=other)  # noqa: S608 - our own id
        yield
        execute("ROLLBACK", on=other)
    finally:
        other.close()


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.002)
