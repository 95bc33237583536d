"""A server as `deploy/serve` starts it, with callers who are idle, slow or many, and slow work."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import urllib3

from sandbox import samples, stack
from sandbox.emulators import Fault, FaultKind
from sandbox.stack import Server, Spec, Stack
from sandbox.stack.environment import CALLABLE_PATH
from tests import postgresql
from tests.between import between
from tests.programs import find_postgresql
from tests.visn_whatsapp.callers import KINDS, callers
from webhooks.authentication import sign

THREADS = 4
CALLERS = 200
ASKS = 5
TRIES = 3
LITTLE = 5  # seconds, as slow work takes here
DISPATCHES = 64  # at once, by the queue of a deployment
ESTABLISHED = "01"  # as Linux names the state of a connection
PROBES = ("/health/live", "/health/ready")
API, CALLABLE, QUEUE_SERVICES = "repair-serve-api", "repair-serve-callable", "queue-services"
POSTS = 32  # at once, by Meta: as many as repair-serve-api has places, as deployed
CALLS_OF_META = POSTS + 8  # so that every place of repair-serve-api is taken again at once
GATEWAY = Server(name="gateway", services=(API, CALLABLE), threads=THREADS)
SERVERS = (
    # As patient with repair-serve-callable as may be: what is given up is closed, and not kept.
    # With a call for each delivery, which takes the most connections.
    Server(
        name="api",
        services=(API,),
        threads=POSTS,
        variables={"FORWARD_TIMEOUT_SECONDS": "15", "TASKS_TOGETHER": "false"},
    ),
    Server(name="callable", services=(CALLABLE,), threads=POSTS // 2),
    Server(name="handler", services=(QUEUE_SERVICES,), threads=THREADS),
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The services as deployed, in a process each, with fewer places for work."""
    spec = Spec(folder=tmp_path_factory.mktemp("serving"), servers=SERVERS)
    with stack.start(spec) as started:
        yield started


@pytest.fixture(autouse=True)
def _no_faults(running: Stack) -> Iterator[None]:
    yield
    running.emulators.faults.clear()


def probe(running: Stack, service: str) -> tuple[set[int | str], float]:
    """Returns what the probes answered, and the seconds that the slowest of the better half took.

    A machine that is busy with something else may hold up one or the other.
    """
    statuses: set[int | str] = set()
    seconds = []
    for path in PROBES * ASKS:
        asked = time.monotonic()
        statuses.add(status(running.address(service) + path, "GET"))
        seconds.append(time.monotonic() - asked)
    return statuses, sorted(seconds)[ASKS]


def status(url: str, method: str, body: bytes = b"", **headers: str) -> int | str:
    """Returns the status of an answer to a new connection; without one in 20 seconds, why."""
    try:
        with urllib3.PoolManager(timeout=20, retries=False) as pool:
            return pool.request(method, url, body=body, headers=headers).status
    except urllib3.exceptions.HTTPError as error:
        return type(error).__name__


def deliver(running: Stack, number: int = 0) -> int | str:
    """Posts a text as Meta does, for each number another one."""
    text = samples.text(message_id=message_id(number))
    body = samples.encode(samples.envelope(samples.entry(samples.change(messages=[text]))))
    signature = sign(body, secret=running.secrets.app_secret)
    return status(running.webhook_url, "POST", body, **{"X-Hub-Signature-256": signature})


def message_id(number: int) -> str:
    """Returns the message id of the text with this number."""
    return samples.wamid(samples.DRIVER_NUMBER, number)


@pytest.mark.parametrize("service", [API, QUEUE_SERVICES])
@pytest.mark.parametrize("kind", KINDS)
def test_callers_who_keep_a_server_waiting_keep_nobody_else_waiting(
    running: Stack, kind: str, service: str
) -> None:
    with callers(running.address(service)) as group:
        group.call(kind, times=CALLERS)
        for _ in range(2):
            group.drip()
            assert_answering(running, service)
            assert deliver(running) == 200


def test_neither_do_callers_of_all_kinds_who_come_again(running: Stack) -> None:
    with callers(running.address(API)) as group:
        for _ in range(3):
            for kind in KINDS:
                group.call(kind, times=CALLERS // len(KINDS))
            group.drip()
            assert_answering(running, API)
            assert deliver(running) == 200
            group.hang_up()


def test_neither_do_callers_who_vanish_without_a_word(running: Stack) -> None:
    with between(urlsplit(running.address(API)).netloc) as lost:
        with callers(f"http://{lost.host}") as group:
            for kind in KINDS:
                group.call(kind, times=CALLERS // len(KINDS))
            wait_until(lambda: lost.connections == len(group.held))
            lost.silence()
        # They have hung up, and nobody has told the server.
        assert_answering(running, API)
        assert deliver(running) == 200


def test_the_connections_of_a_busy_gateway_keep_nobody_waiting(running: Stack) -> None:
    running.emulators.faults.add(slow("tasks", "CreateTask"))
    numbers, enough = count(1000), threading.Event()

    def post() -> set[int | str]:
        answers: set[int | str] = set()
        while not enough.is_set():
            answers.add(deliver(running, next(numbers)))
        return answers

    with ThreadPoolExecutor(CALLS_OF_META) as meta, ending(enough):
        posting = [meta.submit(post) for _ in range(CALLS_OF_META)]
        # Half of the calls wait for a place, and those that have one for two seconds.
        wait_until(lambda: connections_to(running.address(CALLABLE)) >= POSTS)
        assert_answering(running, CALLABLE)
        assert_answering(running, API)
    assert {answer for each in posting for answer in each.result()} == {200}

    assert connections_to(running.address(CALLABLE)) >= POSTS  # idle now, and kept
    assert_answering(running, CALLABLE)
    assert call_directly(running) == 401


def test_probes_do_not_wait_behind_work(running: Stack) -> None:
    running.emulators.faults.add(slow("firestore", "RunQuery"))
    running.emulators.counters.clear()
    for number in range(1, DISPATCHES + 1):
        assert deliver(running, number) == 200
    wait_until(lambda: calls(running, "tasks", "Dispatch") >= DISPATCHES)
    wait_until(lambda: calls(running, "firestore", "RunQuery") >= THREADS)

    assert_answering(running, QUEUE_SERVICES)

    running.emulators.faults.clear()
    assert deliver(running, DISPATCHES + 1) == 200
    wait_until(lambda: settled(running, range(1, DISPATCHES + 2)))


@contextmanager
def ending(event: threading.Event) -> Iterator[None]:
    """Sets an event at the end, whatever came in between."""
    try:
        yield
    finally:
        event.set()


def slow(service: str, method: str) -> Fault:
    """Lets each call take five seconds, until faults are cleared."""
    return Fault(kind=FaultKind.SLOW, service=service, method=method, seconds=5, probability=1)


def assert_answering(running: Stack, service: str) -> None:
    """Fails unless every probe is answered with 200, the median within a second.

    Where that takes a little longer it is asked again: a busy machine may be busy for a while, and
    who waits behind work does so each time.
    """
    for _ in range(TRIES):
        statuses, seconds = probe(running, service)
        assert statuses == {200}
        assert seconds < LITTLE
        if seconds < 1:
            return
    pytest.fail(f"the probes of {service} take more than a second each time")


def settled(running: Stack, numbers: Iterable[int]) -> bool:
    """Tells whether the texts with these numbers have all been seen to."""
    query = "SELECT message_id FROM webhooks_event WHERE settled_at IS NOT NULL"
    with closing(sqlite3.connect(running.spec.folder / "ledger.sqlite3")) as ledger:
        seen = {found for (found,) in ledger.execute(query)}
    return seen.issuperset(map(message_id, numbers))


def call_directly(running: Stack) -> int | str:
    """Calls repair-serve-callable without a token, over a connection of its own."""
    return status(running.address(CALLABLE) + CALLABLE_PATH, "POST", b"{}")


def connections_to(address: str) -> int:
    """Returns how many open connections lead to a server on this machine."""
    port = urlsplit(address).port
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(
        int(remote.rpartition(":")[2], 16) == port and state == ESTABLISHED
        for _, _, remote, state, *_ in lines
    )


def calls(running: Stack, service: str, method: str) -> int:
    """Returns how often a stand-in was called."""
    return running.emulators.counters.read().get(service, {}).get(method, 0)


def wait_until(condition: Callable[[], bool]) -> None:
    """Waits for what is certain to come."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("service", "path"),
    [
        (API, "/v1/webhooks/whatsapp/webhook"),
        ("repair-serve-callable", "/callable/whatsapp/events"),
        (QUEUE_SERVICES, "/webhook-listeners/whatsapp"),
    ],
)
def test_after_a_refusal_the_connection_serves_the_next_request(
    running: Stack, service: str, path: str
) -> None:
    for _ in range(10):
        with kept_connection(running.address(service)) as connection:
            for _ in range(3):
                connection.putrequest("POST", path)
                connection.putheader("Content-Length", "300000")
                connection.endheaders()
                time.sleep(0.01)  # a body comes after its headers
                connection.send(b"x" * 300_000)
                answer = connection.getresponse()
                answer.read()
                assert (answer.status, answer.will_close) == (401, False)


def test_a_connection_on_which_a_body_is_left_is_said_to_be_closed(running: Stack) -> None:
    with kept_connection(running.address(API)) as connection:
        connection.putrequest("POST", "/v1/webhooks/whatsapp/webhook")
        connection.putheader("Content-Length", "5000000")
        connection.endheaders()
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("Connection")) == (413, "close")


@contextmanager
def kept_connection(address: str) -> Iterator[HTTPConnection]:
    """A connection that is not silently made again once the server has closed it."""
    with closing(HTTPConnection(urlsplit(address).netloc, timeout=20)) as connection:
        connection.connect()
        connection.auto_open = 0
        yield connection


@pytest.mark.needs("postgresql")
def test_there_are_no_more_database_connections_than_threads(tmp_path: Path) -> None:
    programs = find_postgresql()
    assert programs is not None
    with postgresql.cluster(programs) as url:
        spec = Spec(folder=tmp_path, servers=(GATEWAY,), database_url=url)
        with stack.start(spec) as running, psycopg.connect(url, autocommit=True) as watching:
            seen = [0]
            done = threading.Event()

            def watch() -> None:
                while not done.is_set():
                    seen.append(sessions(watching))

            with ThreadPoolExecutor(33) as pool:
                watcher = pool.submit(watch)
                answers = set(pool.map(lambda number: deliver(running, number), range(1, 129)))
                done.set()
                watcher.result()
            assert answers == {200}
            assert 1 < max(seen) <= THREADS


def sessions(watching: "psycopg.Connection[tuple[int]]") -> int:
    """Returns how many sessions others have."""
    query = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    [found] = watching.execute(query).fetchone() or [0]
    return found
