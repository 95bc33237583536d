"""Deliveries that come at the same time, in one transaction: none concerns another."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from itertools import chain
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction

from tests.webhooks.conftest import NOW
from tests.webhooks.databases import execute
from webhooks import ledger, writing
from webhooks.alias import Alias
from webhooks.ledger import Arrival
from webhooks.models import Delivery, Event
from webhooks.outcomes import Reason
from webhooks.receipts import Receipt, Way
from webhooks.whatsapp.identity import ChangedIdentity
from webhooks.whatsapp.items import Item, Kind, Person
from webhooks.whatsapp.kinds.text import TextMessage
from webhooks.whatsapp.payload import Verdict
from webhooks.writing import New, write_all

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 32
WAIT_SECONDS = 30
LEASE, OLD, NEW = "15550783881", "447700900123", "447700900456"


def text(name: str, **fields: object) -> TextMessage:
    return replace(
        TextMessage(
            position=0,
            message_id=f"wamid.{name}",
            occurred_at=NOW,
            kind=Kind.TEXT,
            name="text",
            body="Is my car ready?",
        ),
        **fields,  # type: ignore[arg-type]
    )


def change(position: int = 0) -> ChangedIdentity:
    """That a driver has another number."""
    return ChangedIdentity(
        position=position,
        kind=Kind.MESSAGE,
        name="system",
        reason=Reason.IDENTITY_NOTED,
        lease_number=LEASE,
        occurred_at=NOW,
        previous=Person(number=OLD),
        person=Person(number=NEW),
    )


def record(body: bytes, items: Sequence[Item] = (), *, way: Way | None = None) -> Receipt:
    arrival = Arrival(body=body, headers={}, source=Delivery.Source.META, at=NOW)
    read = items or [text(body.decode())]
    return ledger.record(arrival, verdict=Verdict.READABLE, read=read, way=way)


@contextmanager
def somebody_writes() -> Iterator[None]:
    """Holds what everybody needs who writes a delivery."""
    other = connection.copy()
    try:
        if connection.vendor == "sqlite":
            execute("BEGIN IMMEDIATE", on=other)
        else:
            execute("BEGIN", on=other)
            execute("LOCK TABLE webhooks_delivery IN EXCLUSIVE MODE", on=other)
        yield
        execute("ROLLBACK", on=other)
    finally:
        other.close()


def at_once(
    calls: Sequence[Callable[[], Receipt]], *, meanwhile: Callable[[], None] = lambda: None
) -> list[Receipt]:
    """The first of these goes alone and waits for the database, the others go behind it together.

    `meanwhile` is done while all of them wait.
    """

    def run(call: Callable[[], Receipt]) -> Receipt:
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        with somebody_writes():
            asked = list[Future[Receipt]]()
            for waiting, call in enumerate(calls):
                asked.append(pool.submit(run, call))
                until(lambda waiting=waiting: _are_waiting(waiting) or asked[-1].done())  # type: ignore[misc]
                assert not asked[-1].done(), asked[-1].exception()
            meanwhile()
        return [each.result(WAIT_SECONDS) for each in asked]


def _are_waiting(number: int) -> bool:
    """So many, behind one that has got as far as the database."""
    return writing.waiting() == number and is_waited_for()


def is_waited_for() -> bool:
    """Whether somebody waits for who writes; SQLite does not tell."""
    if connection.vendor == "sqlite":
        return True
    return bool(execute("SELECT 1 FROM pg_locks WHERE NOT granted"))


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def transactions() -> int:
    """How many have written the deliveries that are there."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite does not tell the transaction of a row")
    return len(execute("SELECT DISTINCT xmin::text FROM webhooks_delivery"))


def bodies(number: int) -> list[bytes]:
    return [f"payload-{each}".encode() for each in range(number)]


def test_those_who_come_meanwhile_share_a_transaction() -> None:
    at_once([lambda body=body: record(body) for body in bodies(THREADS)])  # type: ignore[misc]
    assert transactions() == 2


def test_each_has_its_own_receipt_rows_and_bytes() -> None:
    sent = bodies(THREADS)
    receipts = at_once([lambda body=body: record(body) for body in sent])  # type: ignore[misc]
    for body, receipt in zip(sent, receipts, strict=True):
        delivery = Delivery.objects.get(pk=receipt.row)
        assert bytes(delivery.body or b"") == body
        assert (receipt.delivery, receipt.digest) == (delivery.pk, delivery.digest)
        assert receipt.needs_task
        event = delivery.events.get()
        assert event.message_id == f"wamid.{body.decode()}"
        assert (delivery.received_at, event.received_at) == (NOW, NOW)
    assert Event.objects.count() == THREADS


def test_equal_bytes_are_one_delivery_and_repeats() -> None:
    sent = [*bodies(3), *bodies(3), *bodies(3)]
    receipts = at_once([lambda body=body: record(body) for body in sent])  # type: ignore[misc]
    assert Delivery.objects.filter(repeat_of=None).count() == 3
    assert len({receipt.row for receipt in receipts}) == 9
    assert len({receipt.delivery for receipt in receipts}) == 3
    assert all(receipt.needs_task for receipt in receipts)
    assert Event.objects.count() == 3
    for repeat in Delivery.objects.exclude(repeat_of=None):
        assert (repeat.body, repeat.item_count) == (None, 0)
        assert repeat.repeat_of is not None
        assert repeat.repeat_of.digest == repeat.digest


def test_bytes_that_are_known_are_repeats_among_others() -> None:
    known = record(b"known")
    sent = [*bodies(4), b"known"]
    receipts = at_once([lambda body=body: record(body) for body in sent])  # type: ignore[misc]
    assert receipts[-1].delivery == known.row
    assert receipts[-1].row != known.row
    assert Event.objects.count() == 5


@pytest.mark.parametrize("equal", [False, True])
def test_one_that_no_database_takes_spoils_nobody_else(equal: bool) -> None:
    """Not even those of the same bytes, which would be its repeats."""
    sent = bodies(30)
    odd = b"payload-7" if equal else b"odd"
    calls: list[Callable[[], Receipt]] = [lambda body=body: record(body) for body in sent]  # type: ignore[misc]
    calls.insert(15, lambda: record(odd, [text("odd", message_id="wamid.\ud800")]))
    receipts = at_once(calls)
    assert len({receipt.row for receipt in receipts}) == 31
    stored = Delivery.objects.filter(repeat_of=None).values_list("body", flat=True)
    assert {bytes(body or b"") for body in stored} == {*sent, odd}
    events = Event.objects.exclude(detail="its items cannot be stored")
    assert events.count() >= 29
    assert Event.objects.count() == (30 if equal else 31)


def test_aliases_of_several_deliveries_are_written_once() -> None:
    calls: list[Callable[[], Receipt]] = [
        lambda body=body: record(body, [change()])  # type: ignore[misc]
        for body in bodies(6)
    ]
    receipts = at_once(calls)
    assert Alias.objects.get().delivery_id in {receipt.row for receipt in receipts}
    assert Delivery.objects.count() == 6


def test_what_was_committed_without_anybody_hearing_of_it_is_not_written_again() -> None:
    """Each tries again by itself what stands there already, as a delivery or as a repeat."""
    known = record(b"known")
    group = [new(body) for body in (b"new", b"new", b"known")]
    receipts = write_all(group)
    assert [write_all([each])[0] for each in group] == receipts
    assert receipts[-1].delivery == known.row
    assert Delivery.objects.count() == 4
    assert Event.objects.count() == 2


def test_when_the_leaders_session_ends_everybody_writes_alone() -> None:
    """But for one who led nobody: it says so, as ever."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has no sessions that somebody else could end")

    def end_both_leaders() -> None:
        end_who_waits()
        # The second leads all others.
        until(lambda: writing.waiting() == 0 and is_waited_for())
        end_who_waits()

    first, *others = bodies(8)
    calls: list[Callable[[], Receipt]] = [lambda body=body: record(body) for body in others]  # type: ignore[misc]
    receipts = at_once([lambda: refused(first), *calls], meanwhile=end_both_leaders)
    stored = {bytes(each.body or b"") for each in Delivery.objects.all()}
    assert stored == set(others)
    assert len({receipt.row for receipt in receipts[1:]}) == 7
    assert transactions() == 7


def test_after_a_long_wait_nobody_waits_again() -> None:
    """A database that is out of reach would cost each of them the same once more."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has no sessions that somebody else could end")

    def end_both_leaders() -> None:
        time.sleep(writing.ALONE_WITHIN_SECONDS)
        end_who_waits()
        until(lambda: writing.waiting() == 0 and is_waited_for())
        end_who_waits()

    calls = [lambda body=body: refused(body) for body in bodies(8)]
    at_once(calls, meanwhile=end_both_leaders)
    assert not Delivery.objects.exists()


def test_bytes_that_somebody_is_writing_stop_nobody_else() -> None:
    """As where another instance has stopped in the middle, and Meta sends the same once more.

    Whoever needs them waits as long as it may; those who share its transaction, for a moment.
    """
    if connection.vendor == "sqlite":
        pytest.skip("SQLite knows no lock of a row")
    execute("ALTER ROLE CURRENT_USER SET lock_timeout = '4s'")
    try:
        with ThreadPoolExecutor(THREADS) as pool, somebody_writes_bytes(b"held"):
            first = pool.submit(refused_by_itself, b"held")
            until(is_waited_for)
            again = pool.submit(refused_by_itself, b"held")
            others = [pool.submit(record_by_itself, body) for body in bodies(8)]
            until(lambda: writing.waiting() == 9)
            first.result(WAIT_SECONDS)
            free = time.monotonic()
            receipts = [each.result(WAIT_SECONDS) for each in others]
            assert time.monotonic() - free < 3.0
            assert not again.done()
            again.result(WAIT_SECONDS)
    finally:
        execute("ALTER ROLE CURRENT_USER RESET lock_timeout")
    assert len({receipt.row for receipt in receipts}) == 8
    assert Delivery.objects.count() == 8


@contextmanager
def somebody_writes_bytes(body: bytes) -> Iterator[None]:
    """Writes a delivery in a transaction that has no end yet, and undoes it afterwards."""
    written, over = threading.Event(), threading.Event()

    def write_and_wait() -> None:
        try:
            with transaction.atomic():
                write_all([new(body)])
                written.set()
                over.wait(WAIT_SECONDS)
                transaction.set_rollback(True)
        finally:
            connections.close_all()

    other = threading.Thread(target=write_and_wait)
    other.start()
    try:
        assert written.wait(WAIT_SECONDS)
        yield
    finally:
        over.set()
        other.join()


def record_by_itself(body: bytes) -> Receipt:
    """In a thread with a session of its own."""
    try:
        return record(body)
    finally:
        connections.close_all()


def refused_by_itself(body: bytes) -> Receipt:
    try:
        return refused(body)
    finally:
        connections.close_all()


def end_who_waits() -> None:
    execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )


def refused(body: bytes) -> Receipt:
    with pytest.raises(ledger.LedgerUnavailable):
        record(body)
    return Receipt(row=uuid4(), delivery=uuid4(), digest="", needs_task=False)


@pytest.fixture
def slow_rows() -> Iterator[None]:
    """Each row of a delivery takes a while, so that two who write are under way at once."""
    if connection.vendor == "sqlite":
        yield
        return
    execute(
        "CREATE FUNCTION take_a_while() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_sleep(0.01); RETURN NEW; END $$"
    )
    execute(
        "CREATE TRIGGER slow BEFORE INSERT ON webhooks_delivery "
        "FOR EACH ROW EXECUTE FUNCTION take_a_while()"
    )
    yield
    execute("DROP FUNCTION take_a_while() CASCADE")


@pytest.mark.usefixtures("slow_rows")
def test_two_instances_with_the_same_payloads_do_not_wait_upon_each_other() -> None:
    """Each brings them in another order, and with the same change of a driver's number."""
    sent = bodies(10)
    ready = threading.Barrier(2)

    def bring(bodies: Sequence[bytes]) -> list[Receipt]:
        try:
            connection.ensure_connection()
            ready.wait()
            return write_all([new(body) for body in bodies])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        receipts = [*chain(*pool.map(bring, (sent, sent[::-1])))]
    assert len({receipt.delivery for receipt in receipts}) == 10
    assert Delivery.objects.filter(repeat_of=None).count() == 10
    assert Delivery.objects.count() == 20
    assert Event.objects.count() == 10
    assert Alias.objects.count() == 1


def new(body: bytes) -> New:
    """What is written of a payload that tells of a change."""
    delivery = Delivery(
        source=Delivery.Source.META,
        digest=sha256(body).hexdigest(),
        body=body,
        size=len(body),
        verdict=Verdict.READABLE.value,
    )
    return writing.new(delivery, [change()], at=NOW)
