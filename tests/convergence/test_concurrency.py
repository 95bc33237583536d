"""Workers, the drawer and the sender at the same documents at once: real threads, real stores."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

import pytest
from google.cloud.firestore import Client, Transaction, transactional
from hypothesis import given
from hypothesis import strategies as st

from listeners.models import TaskRun
from listeners.runs import Attempt
from listeners.services import Handled, handle
from tests.convergence.accounts import check_every_item, check_fates
from tests.convergence.course import Course, course
from tests.convergence.model import documents
from tests.convergence.streams import Batch, Stream, streams
from tests.convergence.world import (
    Chat,
    Item,
    Named,
    Outbound,
    Reaction,
    Record,
    Status,
    Text,
    World,
)
from tests.examples import examples
from tests.threads import at_once
from webhooks.models import Delivery

pytestmark = pytest.mark.django_db(transaction=True)

LEASE_NUMBER = "15550783881"
DRIVER = Named(number="447700900101", user_id="GB.101", name="Ann")
CHAT = Chat(lease_id="L1", enquiry_id="E1")
OUTBOUND = Outbound(chat=CHAT, document_id="auto", wamid="wamid.OUT", fields={"message": "Hello"})
WORLD = World(
    records=(
        Record(
            document_id="r1",
            lease_number=LEASE_NUMBER,
            chat=CHAT,
            number=DRIVER.number,
            user_id=DRIVER.user_id,
            active=True,
            updated_second=0,
            created_second=0,
        ),
    ),
    enquiries={CHAT: 0},
    outbound=(OUTBOUND,),
)
EMOJIS = "👍❤😂😮😢🙏"


@pytest.fixture(
    params=["ours", pytest.param("official", marks=pytest.mark.needs("firestore-emulator"))]
)
def running(
    request: pytest.FixtureRequest, firestore: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Course]:
    """A course without troubles, on each Firestore."""
    official = request.param == "official"
    host = str(request.getfixturevalue("official_emulator")) if official else firestore
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", host)
    order = Random(1)  # noqa: S311 - repeatable, not secret
    with course(WORLD, order, rate=0.0, losses=False, prompt=[OUTBOUND.wamid]) as started:
        yield started


def text(serial: int) -> Item:
    """One of many texts."""
    return Text(
        lease_number=LEASE_NUMBER,
        driver=DRIVER,
        wamid=f"wamid.T{serial}",
        second=serial,
        body=f"Text {serial}",
    )


def reaction(serial: int) -> Item:
    """One of many reactions to the same message, some of them in the same second."""
    return Reaction(
        lease_number=LEASE_NUMBER,
        driver=DRIVER,
        wamid=f"wamid.R{serial}",
        second=serial // 2,
        target=OUTBOUND.wamid,
        emoji=EMOJIS[serial % len(EMOJIS)] if serial % 3 else None,
    )


def status(serial: int, word: str) -> Item:
    """One of many statuses of the same message."""
    return Status(
        lease_number=LEASE_NUMBER, driver=DRIVER, wamid=OUTBOUND.wamid, second=serial, word=word
    )


WORDS = ("sent", "delivered", "read", "played", "failed")
MIXED: tuple[Item, ...] = tuple(
    made
    for serial in range(6)
    for made in (text(serial), reaction(serial), status(serial, WORDS[serial % len(WORDS)]))
)


def worker(running: Course) -> Callable[[], None]:
    """What a worker does: every task in the queue as it is now, each until it is done."""
    tasks = [held.task for held in running.queue.held]

    def work() -> None:
        for task in tasks:
            while (
                handle(
                    task,
                    attempt=Attempt(),
                    store=running.store,
                    queue=running.queue,
                    clock=lambda: running.now,
                )
                is not Handled.DONE
            ):
                pass

    return work


def check(running: Course, batches: Sequence[Batch]) -> None:
    """Compares documents and ledger with the model."""
    running.finish()
    items = tuple({item.wamid + repr(item): item for batch in batches for item in batch}.values())
    stream = Stream(world=WORLD, items=items, deliveries=tuple(batches))
    assert running.documents() == documents(WORLD, items)
    check_every_item(stream)
    check_fates(stream)


def test_workers_on_the_same_chat(running: Course) -> None:
    """Each has its own deliveries of the same chat and the same message."""
    batches = [MIXED[start::3] for start in range(3)]
    works = []
    for batch in batches:
        running.queue.held.clear()
        running.deliver(batch)
        works.append(worker(running))
    at_once(works)
    check(running, batches)


def test_the_same_task_at_once(running: Course) -> None:
    """Four workers get the same task; one of them writes."""
    running.deliver(MIXED)
    at_once([worker(running)] * 4)
    assert TaskRun.objects.count() >= 4
    check(running, [MIXED])


def test_the_same_delivery_at_once(running: Course) -> None:
    """Meta posts the same bytes four times at once: one delivery with items, three repeats."""
    at_once([lambda: running.deliver(MIXED)] * 4)
    repeats = Delivery.objects.exclude(repeat_of=None)
    assert (Delivery.objects.count(), repeats.count()) == (4, 3)
    at_once([worker(running)] * 2)
    check(running, [MIXED])


def test_the_same_items_in_two_deliveries_at_once(running: Course) -> None:
    """Of two events for one text, one is processed and the other is its duplicate."""
    batches = [MIXED, MIXED[::-1]]
    works = []
    for batch in batches:
        running.queue.held.clear()
        running.deliver(batch)
        works.append(worker(running))
    at_once(works)
    check(running, batches)


def test_many_reactions_of_one_driver_at_once(running: Course) -> None:
    """Twenty reactions and removals, each in its own delivery with its own worker."""
    batches: list[Batch] = [(reaction(serial),) for serial in range(20)]
    works = []
    for batch in batches:
        running.queue.held.clear()
        running.deliver(batch)
        works.append(worker(running))
    at_once(works)
    check(running, batches)


def test_a_drawer_resets_the_count_meanwhile(running: Course) -> None:
    """What the drawer has seen and what is left add up to every text, each counted once."""
    batches: list[Batch] = [(text(serial), text(100 + serial)) for serial in range(8)]
    for batch in batches:
        running.deliver(batch)
    seen: Counter[str] = Counter()
    over = threading.Event()

    def drawer() -> None:
        while not over.is_set():
            seen["texts"] += reset(running.main)

    def work() -> None:
        try:
            worker(running)()
        finally:
            over.set()

    at_once([drawer, work])
    seen["texts"] += reset(running.main)
    assert seen["texts"] == 16
    running.finish()
    inbound = [path for path in running.documents().messages if "wamid" in path]
    assert len(inbound) == 16


def reset(client: Client) -> int:
    """Marks a chat as read in a transaction; returns how many texts were unread."""
    enquiry = client.document(CHAT.enquiry)

    @transactional
    def read_and_reset(transaction: Transaction) -> Any:
        unread = enquiry.get(transaction=transaction).get("unReadWhatsappMessageCount")
        transaction.update(enquiry, {"unReadWhatsappMessageCount": 0})
        return unread

    while True:
        try:
            return int(read_and_reset(client.transaction()))
        except ValueError:
            # The client gave up after five tries, as it says of every failure.
            continue


def test_a_sender_stores_its_id_while_statuses_come(running: Course) -> None:
    """Statuses before, during and after; each is applied in the end."""
    document = running.main.document(f"{CHAT.messages}/auto")
    document.set(dict(OUTBOUND.fields))
    batches: list[Batch] = [(status(serial, word),) for serial, word in enumerate(WORDS)]
    for batch in batches:
        running.deliver(batch)
    work = worker(running)
    at_once([work, work, lambda: document.update({"whatsappMessageId": OUTBOUND.wamid})])
    check(running, batches)


@examples(15)
@given(stream=streams(), seed=st.integers(min_value=0, max_value=2**32))
def test_streams_with_workers_at_once(
    stream: Stream, seed: int, firestore: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three workers get all tasks of a stream, each in an order of its own."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore)
    prompt = [outbound.wamid for outbound in stream.world.outbound]
    # Not drawn step by step: how many steps there are depends on the workers.
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    with course(stream.world, random, rate=0.0, losses=False, prompt=prompt) as started:
        for batch in stream.deliveries:
            started.deliver(batch)
        works = []
        for _ in range(3):
            random.shuffle(started.queue.held)
            works.append(worker(started))
        at_once(works)
        started.finish()
        assert started.documents() == documents(stream.world, stream.items)
    check_every_item(stream)
    check_fates(stream)
