"""Cloud Tasks' own client, queues of one test each, and a real HTTP server as task handler."""

import itertools
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
import pytest
from google.cloud.tasks_v2 import CloudTasksClient, HttpMethod, HttpRequest, Queue, Task
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport
from google.protobuf.duration_pb2 import Duration

from sandbox.emulators import Emulators

PARENT = "projects/test/locations/test"
PATIENCE_SECONDS = 30.0


def duration(seconds: float) -> Duration:
    """Returns a duration of the protocol."""
    return Duration(seconds=int(seconds), nanos=round(seconds % 1 * 1e9))


def moment(time: Any) -> datetime:
    """Returns a time of a task as what it is; the client's types call it a Timestamp."""
    assert isinstance(time, datetime)
    return time


@dataclass(frozen=True, kw_only=True)
class Received:
    """One request that the handler got."""

    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes
    at: float


@dataclass(kw_only=True)
class Handler:
    """A task handler that notes what it gets and answers what it is told, 200 in the end."""

    url: str = ""
    answers: Iterator[int] = field(default_factory=lambda: itertools.repeat(200))
    seconds: float = 0.0  # how long it takes to answer
    received: list[Received] = field(default_factory=list)
    at_once: int = 0  # requests under way
    most_at_once: int = 0
    may_answer: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, *statuses: int) -> None:
        """Sets what the next requests are answered with."""
        self.answers = itertools.chain(statuses, itertools.repeat(200))

    def take(self, request: Received) -> int:
        """Notes a request and returns the status of the answer."""
        with self._lock:
            self.received.append(request)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            status = next(self.answers)
        time.sleep(self.seconds)
        self.may_answer.wait(PATIENCE_SECONDS)
        with self._lock:
            self.at_once -= 1
        return status

    def wait(self, number: int) -> list[Received]:
        """Returns the requests once there are so many, and fails if they do not come."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(self.received) < number:
            assert time.monotonic() < deadline, f"{len(self.received)} of {number} requests came"
            time.sleep(0.002)
        return self.received


class Listener(ThreadingHTTPServer):
    """Lets many connect at the same moment; the library's own queue holds 5."""

    request_queue_size = 128


@pytest.fixture
def handler() -> Iterator[Handler]:
    """A running task handler."""
    handler = Handler()
    handler.may_answer.set()

    class Respond(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _respond(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            request = Received(
                method=self.command, path=self.path, headers=headers, body=body, at=time.time()
            )
            self.send_response(handler.take(request))
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = do_PUT = _respond  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            """Keeps the tests' output clean."""

    with Listener(("127.0.0.1", 0), Respond) as server:
        handler.url = f"http://127.0.0.1:{server.server_port}/webhook-listeners/whatsapp"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield handler
        server.shutdown()


@pytest.fixture
def client(stand_ins: Emulators) -> Iterator[CloudTasksClient]:
    """Google's client, unmodified, of our stand-in."""
    with grpc.insecure_channel(stand_ins.tasks_host) as channel:
        yield CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))


MakeQueue = Callable[..., str]


@pytest.fixture
def make_queue(client: CloudTasksClient) -> Iterator[MakeQueue]:
    """Makes queues that retry within milliseconds, and removes them after the test."""
    names: list[str] = []

    def make(
        *,
        attempts: int = 100,
        min_backoff: float = 0.001,
        max_backoff: float = 0.005,
        doublings: int = 16,
        rate: float = 500,
        at_once: int = 1000,
    ) -> str:
        names.append(f"{PARENT}/queues/{uuid.uuid4()}")
        queue = Queue(
            name=names[-1],
            rate_limits={"max_dispatches_per_second": rate, "max_concurrent_dispatches": at_once},
            retry_config={
                "max_attempts": attempts,
                "min_backoff": duration(min_backoff),
                "max_backoff": duration(max_backoff),
                "max_doublings": doublings,
            },
        )
        client.create_queue(parent=PARENT, queue=queue)
        return names[-1]

    yield make
    for name in names:
        client.delete_queue(name=name)


@pytest.fixture
def queue(make_queue: MakeQueue) -> str:
    """A queue's full name."""
    return make_queue()


def task_for(handler: Handler, **fields: object) -> Task:
    """Returns a task like ours."""
    request = HttpRequest(
        url=handler.url,
        http_method=HttpMethod.POST,
        headers={"Content-Type": "application/json"},
        body=b'{"v": 1}',
    )
    return Task(http_request=request, **fields)


def gone(client: CloudTasksClient, queue: str) -> None:
    """Waits until the queue holds no task, and fails if that does not happen."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while list(client.list_tasks(parent=queue)):
        assert time.monotonic() < deadline, "the queue still holds a task"
        time.sleep(0.002)
