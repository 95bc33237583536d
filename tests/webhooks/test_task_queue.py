"""Making tasks as Google's own client makes them."""

import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import grpc
import pytest
from google.cloud.tasks_v2 import CloudTasksClient, CreateTaskRequest, HttpMethod
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport
from pytest_django import Settings

from sandbox.emulators import FaultKind
from tests.between import between
from tests.timing import least_seconds
from tests.webhooks.conftest import QueueContents
from tests.wire import wire
from webhooks.task_queue import ATTEMPT_SHARE, QueueUnavailable, TaskQueue, connect
from webhooks.tasks import Task

DELIVERY = UUID("0197e0a0-0000-7000-8000-000000000001")


def test_google_is_asked_as_by_its_own_client(settings: Settings) -> None:
    """Path, headers and message; the client is given what it asked for the first time."""
    with wire() as asked:
        settings.TASKS_EMULATOR_HOST = asked.host
        for at in (None, datetime(2026, 11, 29, 12, 0, 0, 250000, tzinfo=UTC)):
            connect().create(DELIVERY, digest="d" * 64, at=at)
            request = CreateTaskRequest.deserialize(asked.calls[0].request)
            with grpc.insecure_channel(asked.host) as channel:
                client = CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))
                client.create_task(request, timeout=5.0, retry=None)
            ours, googles = asked.calls
            assert ours == googles
            assert request.task.schedule_time == at
            assert ours.headers["x-goog-request-params"].startswith("parent=projects/")
            asked.calls.clear()


def test_a_task_posts_the_reference_to_the_handler(
    queue: TaskQueue, contents: QueueContents
) -> None:
    queue.create(DELIVERY)

    (task,) = contents.cloud_tasks()
    request = task.http_request
    assert request.url == "https://queue-services.test/webhook-listeners/whatsapp"
    assert request.http_method == HttpMethod.POST
    assert request.headers["Content-Type"] == "application/json"
    assert request.body == b'{"v":1,"delivery":"0197e0a0-0000-7000-8000-000000000001"}'
    assert request.oidc_token.service_account_email == "cloud-tasks@test.invalid"
    assert request.oidc_token.audience == "https://queue-services.test"


def test_a_task_may_be_for_later_and_for_some_events(
    queue: TaskQueue, contents: QueueContents
) -> None:
    later = datetime.now(tz=UTC).replace(microsecond=0) + timedelta(minutes=5)

    queue.create(DELIVERY, events=[7, 9], at=later)

    (task,) = contents.cloud_tasks()
    assert task.schedule_time == later
    assert contents.tasks() == [Task(delivery=DELIVERY, events=(7, 9))]


@pytest.mark.parametrize("kind", [FaultKind.UNAVAILABLE, FaultKind.DEADLINE_EXCEEDED])
def test_a_passing_failure_is_tried_again(
    kind: FaultKind, queue: TaskQueue, contents: QueueContents
) -> None:
    contents.fault(kind)

    queue.create(DELIVERY)

    assert contents.tasks() == [Task(delivery=DELIVERY)]


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (FaultKind.PERMISSION_DENIED, "PermissionDenied"),
        (FaultKind.RESOURCE_EXHAUSTED, "ResourceExhausted"),
        (FaultKind.INTERNAL, "InternalServerError"),
    ],
)
def test_a_refusal_is_not_tried_again(
    kind: FaultKind, error: str, queue: TaskQueue, contents: QueueContents
) -> None:
    contents.fault(kind)

    with pytest.raises(QueueUnavailable, match=rf"^{error}$"):
        queue.create(DELIVERY)
    assert contents.tasks() == []


def test_a_missing_queue_is_unavailable(contents: QueueContents, settings: Settings) -> None:
    settings.TASKS_QUEUE = "another-queue"

    with pytest.raises(QueueUnavailable, match="FailedPrecondition"):
        connect().create(DELIVERY)


def test_an_address_that_nobody_listens_on_is_unavailable_within_the_budget(
    settings: Settings,
) -> None:
    settings.TASKS_EMULATOR_HOST = "127.0.0.1:1"
    start = time.monotonic()

    with pytest.raises(QueueUnavailable, match=r"^ServiceUnavailable$"):
        connect(budget_seconds=0.5).create(DELIVERY)

    assert time.monotonic() - start < 4.0


def test_a_queue_that_does_not_answer_is_unavailable_within_the_budget(
    contents: QueueContents,
) -> None:
    contents.fault(FaultKind.DEADLINE_EXCEEDED, times=2, seconds=5.0)
    start = time.monotonic()

    with pytest.raises(QueueUnavailable, match=r"^DeadlineExceeded$"):
        connect(budget_seconds=0.3).create(DELIVERY)

    assert time.monotonic() - start < 4.0  # of an answer after five


def test_the_budget_holds_however_often_it_is_tried(contents: QueueContents) -> None:
    """Google's library gives an attempt all of it again once less than a second is left."""

    def create() -> None:
        contents.fault(FaultKind.UNAVAILABLE, seconds=0.8)
        contents.fault(FaultKind.DEADLINE_EXCEEDED, seconds=5.0)
        with pytest.raises(QueueUnavailable):
            connect(budget_seconds=2.0).create(DELIVERY)

    assert least_seconds(create, enough=2.5) < 2.5


def test_a_connection_that_has_gone_silent_delays_one_task(
    contents: QueueContents, settings: Settings
) -> None:
    with between(contents.emulators.tasks_host) as proxy:
        settings.TASKS_EMULATOR_HOST = proxy.host
        queue = connect(budget_seconds=4.0)
        queue.create(DELIVERY)

        proxy.silence()
        queue.create(DELIVERY)

        start = time.monotonic()
        queue.create(DELIVERY)
        assert time.monotonic() - start < ATTEMPT_SHARE * queue.budget_seconds
        assert proxy.connections == 2
    assert len(contents.tasks()) == 3


def test_calls_at_once_over_a_silent_connection_open_one_more(
    contents: QueueContents, settings: Settings
) -> None:
    with between(contents.emulators.tasks_host) as proxy:
        settings.TASKS_EMULATOR_HOST = proxy.host
        queue = connect(budget_seconds=4.0)
        queue.create(DELIVERY)

        proxy.silence()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: queue.create(DELIVERY), range(8)))

        assert proxy.connections == 2


NO_CREDENTIALS = """
import django, sys, time
django.setup()
from uuid import uuid4
from webhooks.task_queue import QueueUnavailable, connect
for _ in range(2):
    start = time.monotonic()
    try:
        connect().create(uuid4())
    except QueueUnavailable as error:
        print(error, time.monotonic() - start)
"""


def without_credentials(metadata_server: str) -> list[tuple[str, float]]:
    """Makes two tasks in a process whose metadata server is this one: errors and seconds."""
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", NO_CREDENTIALS],
        env={
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "GCE_METADATA_HOST": metadata_server,
            "GCE_METADATA_IP": metadata_server,
            "DJANGO_SETTINGS_MODULE": "visn_whatsapp.settings.test",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    lines = run.stdout.splitlines()[-2:]  # log lines come before
    return [(error, float(seconds)) for error, seconds in (line.split() for line in lines)]


def test_without_credentials_the_queue_is_unavailable() -> None:
    (error, _), (again, seconds) = without_credentials("127.0.0.1:1")
    assert (error, again) == ("NotAnswered", "NotAnswered")
    assert seconds < 0.8


def test_a_silent_metadata_server_costs_a_second_once() -> None:
    """It takes connections and says nothing. By itself the library waits for it 12 seconds."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        (_, first), (_, second) = without_credentials(f"127.0.0.1:{silent.getsockname()[1]}")
    assert first < 6
    assert second < 0.8


def test_a_forked_child_makes_its_own_connection(queue: TaskQueue, contents: QueueContents) -> None:
    queue.create(DELIVERY)

    child = os.fork()
    if child == 0:
        try:
            queue.create(DELIVERY)
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert contents.tasks() == [Task(delivery=DELIVERY), Task(delivery=DELIVERY)]
