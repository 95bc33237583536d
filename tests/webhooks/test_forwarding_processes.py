"""The gateway and the callable as processes of their own, over real sockets."""

import http.client
import json
import socket
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sandbox import stack
from sandbox.emulators import Fault, FaultKind
from sandbox.stack import Server, Spec, Stack
from sandbox.stack.environment import CALLABLE_PATH
from tests.sandbox.stack.processes import wait_for_line
from tests.webhooks.whatsapp.payloads import load
from webhooks.authentication import sign

GATEWAY = Server(name="gateway", services=("repair-serve-api",))
CALLABLE = Server(name="callable", services=("repair-serve-callable",))
LIMIT = 4 * 1024 * 1024
TEXT = load("text")


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The two services in two processes, with one ledger."""
    folder = tmp_path_factory.mktemp("apart")
    with stack.start(Spec(folder=folder, servers=(GATEWAY, CALLABLE))) as running:
        yield running


@pytest.fixture(autouse=True)
def _clear(request: pytest.FixtureRequest) -> None:
    """Empties the ledger and the counters of the processes."""
    if "apart" in request.fixturenames:
        running: Stack = request.getfixturevalue("apart")
        running.emulators.counters.clear()
        running.emulators.faults.clear()
        execute(running, "DELETE FROM webhooks_event")
        execute(running, "DELETE FROM webhooks_delivery")


def execute(running: Stack, statement: str) -> list[tuple[object, ...]]:
    """Runs a statement on the ledger."""
    with sqlite3.connect(running.spec.folder / "ledger.sqlite3", timeout=20) as connection:
        rows = connection.execute(statement).fetchall()
    connection.close()
    return rows


def states(running: Stack) -> list[tuple[object, ...]]:
    """Returns the states of all events."""
    return execute(running, "SELECT state FROM webhooks_event ORDER BY id")


def tasks_made(running: Stack) -> int:
    """Returns how many tasks were made."""
    return running.emulators.counters.read().get("tasks", {}).get("CreateTask", 0)


def post(running: Stack, body: bytes, *, chunk_size: int = 0) -> int:
    """Posts like Meta, in chunks if they have a size, and returns the status."""
    url = urlsplit(running.webhook_url)
    headers = {
        "X-Hub-Signature-256": sign(body, secret=running.secrets.app_secret),
        "Content-Type": "application/json",
    }
    chunks = (body[at : at + chunk_size] for at in range(0, len(body), chunk_size or 1))
    connection = http.client.HTTPConnection(url.netloc, timeout=20)
    try:
        if chunk_size:
            connection.request("POST", url.path, chunks, headers, encode_chunked=True)
        else:
            connection.request("POST", url.path, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def exchange(running: Stack, head: str, body: bytes) -> bytes:
    """Sends a request exactly as given and returns the first line of the answer."""
    url = urlsplit(running.webhook_url)
    with socket.create_connection((url.hostname or "", url.port or 0), timeout=20) as wire:
        request = f"POST {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\n{head}\r\n\r\n"
        wire.sendall(request.encode("latin-1") + body)
        return wire.makefile("rb").readline().strip()


def test_a_delivery_goes_from_process_to_process_into_the_queue(apart: Stack) -> None:
    assert post(apart, TEXT) == 200

    assert states(apart) == [("queued",)]
    assert tasks_made(apart) == 1
    wait_for_line(apart, "callable", "POST /callable/whatsapp/events HTTP/1.1")


def test_three_megabytes_go_all_the_way(apart: Stack) -> None:
    assert post(apart, TEXT + b" " * 3_000_000) == 200

    assert states(apart) == [("queued",)]


def test_a_queue_that_is_down_leaves_the_event_received(apart: Stack) -> None:
    apart.emulators.faults.add(
        Fault(kind=FaultKind.PERMISSION_DENIED, service="tasks", method="CreateTask")
    )

    assert post(apart, TEXT) == 200

    assert states(apart) == [("received",)]


@pytest.mark.parametrize("chunk_size", [7, 100_000])
def test_a_chunked_body_is_taken_like_any_other(apart: Stack, chunk_size: int) -> None:
    assert post(apart, TEXT, chunk_size=chunk_size) == 200

    assert states(apart) == [("queued",)]


def test_a_body_at_the_limit_is_taken(apart: Stack) -> None:
    assert post(apart, TEXT + b" " * (LIMIT - len(TEXT))) == 200


def test_a_chunked_body_above_the_limit_is_refused(apart: Stack) -> None:
    assert post(apart, TEXT + b" " * (LIMIT + 1 - len(TEXT)), chunk_size=100_000) == 413

    assert states(apart) == []


@pytest.mark.parametrize(
    ("head", "body", "answer"),
    [
        ("Content-Length: 5000000", b"", b"HTTP/1.1 413 Payload Too Large"),
        ("Content-Length: 0", b"", b"HTTP/1.1 401 Unauthorized"),
        ("X-Nothing: 1", b"", b"HTTP/1.1 401 Unauthorized"),
        ("Content-Length: 2", b"{}{}", b"HTTP/1.1 401 Unauthorized"),
        ("X-Hub-Signature-256: sha256=\xff\xfe\r\nContent-Length: 2", b"{}", b"HTTP/1.1 401 "),
        ("Content-Length: ten", b"{}", b"HTTP/1.1 400 Bad Request"),
        ("Content-Length: -1", b"{}", b"HTTP/1.1 400 Bad Request"),
        ("Content-Length: 2\r\nContent-Length: 3", b"{}", b"HTTP/1.1 400 Bad Request"),
        ("Transfer-Encoding: chunked", b"nonsense\r\n", b"HTTP/1.1 4"),
    ],
)
def test_odd_requests_get_a_plain_answer(
    apart: Stack, head: str, body: bytes, answer: bytes
) -> None:
    assert exchange(apart, head, body).startswith(answer)

    assert states(apart) == []
    assert post(apart, TEXT) == 200


def test_what_a_killed_gateway_has_stored_is_swept_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        nobody_answers = {
            "CALLABLE_URL": f"http://127.0.0.1:{silent.getsockname()[1]}{CALLABLE_PATH}"
        }
        gateway = Server(name="gateway", services=GATEWAY.services, variables=nobody_answers)
        with stack.start(Spec(folder=tmp_path, servers=(gateway,))) as running:
            lost = threading.Thread(target=_post_and_expect_no_answer, args=(running,))
            lost.start()
            held, _ = silent.accept()  # the rows are written, the task is not made
            running.servers["gateway"].kill()
            lost.join()
            held.close()
            assert states(running) == [("received",)]
            assert tasks_made(running) == 0

            execute(running, "UPDATE webhooks_event SET check_at = received_at")
            report = json.loads(running.manage("requeue_stuck", "--json"))

            assert report == {
                "tasks": 1,
                "events": 1,
                "gave_up": 0,
                "reopened": 0,
                "queue_available": True,
                "in_time": True,
            }
            assert states(running) == [("queued",)]
            assert tasks_made(running) == 1


def _post_and_expect_no_answer(running: Stack) -> None:
    with pytest.raises((http.client.HTTPException, OSError)):
        post(running, TEXT)
