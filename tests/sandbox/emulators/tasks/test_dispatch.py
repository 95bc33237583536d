"""Dispatch: what a task handler gets, when, and how often."""

import itertools
import socket
import time
from datetime import UTC, datetime, timedelta

import pytest
from google.cloud.tasks_v2 import CloudTasksClient, HttpMethod, HttpRequest, Task

from sandbox.emulators import Emulators, Fault, FaultKind
from sandbox.emulators.tasks.dispatch import MOST_AT_ONCE
from tests.sandbox.emulators.tasks.conftest import (
    Handler,
    MakeQueue,
    duration,
    gone,
    moment,
    task_for,
)


def test_a_task_is_posted_once_and_gone(
    client: CloudTasksClient, queue: str, handler: Handler
) -> None:
    created = client.create_task(parent=queue, task=task_for(handler))
    (request,) = handler.wait(1)
    gone(client, queue)
    assert handler.received == [request]
    assert (request.method, request.path) == ("POST", "/webhook-listeners/whatsapp")
    assert request.body == b'{"v": 1}'
    names = ("content-type", "user-agent", "host")
    assert {name: request.headers[name] for name in names} == {
        "content-type": "application/json",
        "user-agent": "Google-Cloud-Tasks",
        "host": handler.url.split("/")[2],
    }
    cloud_tasks = {n: v for n, v in request.headers.items() if n.startswith("x-cloudtasks-")}
    assert cloud_tasks == {
        "x-cloudtasks-queuename": queue.rsplit("/", 1)[1],
        "x-cloudtasks-taskname": created.name.rsplit("/", 1)[1],
        "x-cloudtasks-taskretrycount": "0",
        "x-cloudtasks-taskexecutioncount": "0",
        "x-cloudtasks-tasketa": f"{moment(created.schedule_time).timestamp():.6f}",
    }


def test_a_task_cannot_forge_the_headers_of_the_queue(
    client: CloudTasksClient, queue: str, handler: Handler
) -> None:
    headers = {"X-CloudTasks-TaskRetryCount": "7", "Host": "elsewhere", "X-Own": "kept"}
    request = HttpRequest(url=handler.url, headers=headers, http_method=HttpMethod.GET)
    client.create_task(parent=queue, task=Task(http_request=request))
    (received,) = handler.wait(1)
    assert received.method == "GET"
    assert received.headers["x-cloudtasks-taskretrycount"] == "0"
    assert received.headers["host"] == handler.url.split("/")[2]
    assert received.headers["x-own"] == "kept"


@pytest.mark.parametrize(
    ("statuses", "executions"),
    [
        pytest.param([500, 503, 599], ["0", "0", "0", "0"], id="server errors"),
        pytest.param([400, 404, 429], ["0", "1", "2", "3"], id="client errors"),
        pytest.param([302, 500, 409], ["0", "1", "1", "2"], id="mixed"),
    ],
)
def test_every_answer_but_2xx_is_retried(
    client: CloudTasksClient,
    queue: str,
    handler: Handler,
    statuses: list[int],
    executions: list[str],
) -> None:
    handler.answer(*statuses)
    client.create_task(parent=queue, task=task_for(handler))
    requests = handler.wait(4)
    gone(client, queue)
    assert len(handler.received) == 4
    headers = [request.headers for request in requests]
    assert [one["x-cloudtasks-taskretrycount"] for one in headers] == ["0", "1", "2", "3"]
    assert [one["x-cloudtasks-taskexecutioncount"] for one in headers] == executions
    assert [one.get("x-cloudtasks-taskpreviousresponse") for one in headers] == [
        None,
        *map(str, statuses),
    ]


@pytest.mark.parametrize("status", [200, 204, 299])
def test_every_2xx_is_done(
    client: CloudTasksClient, queue: str, handler: Handler, status: int
) -> None:
    handler.answer(status)
    client.create_task(parent=queue, task=task_for(handler))
    gone(client, queue)
    assert len(handler.received) == 1


def test_a_task_vanishes_after_its_last_attempt(
    client: CloudTasksClient, make_queue: MakeQueue, handler: Handler
) -> None:
    queue = make_queue(attempts=3)
    handler.answer(*[503] * 5)
    client.create_task(parent=queue, task=task_for(handler))
    gone(client, queue)
    assert len(handler.received) == 3


def test_the_pauses_between_attempts_double(
    client: CloudTasksClient, make_queue: MakeQueue, handler: Handler
) -> None:
    queue = make_queue(min_backoff=0.03, max_backoff=0.1, attempts=5)
    handler.answer(*[503] * 5)
    client.create_task(parent=queue, task=task_for(handler))
    times = [request.at for request in handler.wait(5)]
    pauses = [later - sooner for sooner, later in itertools.pairwise(times)]
    for pause, least in zip(pauses, [0.03, 0.06, 0.1, 0.1], strict=True):
        assert least <= pause < least + 2


def test_a_task_waits_for_its_time(client: CloudTasksClient, queue: str, handler: Handler) -> None:
    due = datetime.now(UTC) + timedelta(seconds=0.2)
    later = client.create_task(parent=queue, task=task_for(handler, schedule_time=due))
    sooner = client.create_task(parent=queue, task=task_for(handler))
    requests = handler.wait(2)
    order = [request.headers["x-cloudtasks-taskname"] for request in requests]
    assert order == [one.name.rsplit("/", 1)[1] for one in (sooner, later)]
    assert 0 <= requests[1].at - due.timestamp() < 2
    assert requests[1].headers["x-cloudtasks-tasketa"] == f"{due.timestamp():.6f}"


def test_no_more_tasks_at_once_than_the_queue_allows(
    client: CloudTasksClient, make_queue: MakeQueue, handler: Handler
) -> None:
    queue = make_queue(at_once=3)
    handler.seconds = 0.02
    for _ in range(12):
        client.create_task(parent=queue, task=task_for(handler))
    handler.wait(12)
    assert handler.most_at_once == 3


def test_more_tasks_than_the_stand_in_sends_at_once_wait(
    client: CloudTasksClient, queue: str, handler: Handler
) -> None:
    handler.may_answer.clear()
    client.pause_queue(name=queue)
    for _ in range(MOST_AT_ONCE + 6):
        client.create_task(parent=queue, task=task_for(handler))
    client.resume_queue(name=queue)
    handler.wait(MOST_AT_ONCE)
    time.sleep(0.3)  # in which others might come
    handler.may_answer.set()
    handler.wait(MOST_AT_ONCE + 6)
    assert handler.most_at_once == MOST_AT_ONCE
    gone(client, queue)


def test_no_more_tasks_a_second_than_the_queue_allows(
    client: CloudTasksClient, make_queue: MakeQueue, handler: Handler
) -> None:
    queue = make_queue(rate=20)
    client.pause_queue(name=queue)
    for _ in range(26):
        client.create_task(parent=queue, task=task_for(handler))
    client.resume_queue(name=queue)
    times = [request.at for request in handler.wait(26)]
    assert times[-1] - times[0] >= 5 / 20  # 20 at once, for the burst is as large as the rate


def test_a_handler_that_is_not_there_is_tried_again(
    client: CloudTasksClient, make_queue: MakeQueue, stand_ins: Emulators
) -> None:
    queue = make_queue(attempts=4)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    request = HttpRequest(url=f"http://127.0.0.1:{port}/")
    client.create_task(parent=queue, task=Task(http_request=request))
    gone(client, queue)
    assert stand_ins.counters.read()["tasks"]["Dispatch"] == 4


def test_a_handler_that_takes_too_long_is_tried_again(
    client: CloudTasksClient, queue: str, handler: Handler
) -> None:
    handler.seconds = 3
    task = task_for(handler, dispatch_deadline=duration(0.05))
    client.create_task(parent=queue, task=task)
    first, second = handler.wait(2)[:2]
    # A request is noted a little after it was sent; when it was due is exact.
    due = [float(each.headers["x-cloudtasks-tasketa"]) for each in (first, second)]
    assert due[1] - due[0] >= 0.05
    assert second.at - first.at < 2
    assert second.headers["x-cloudtasks-taskretrycount"] == "1"
    assert second.headers["x-cloudtasks-taskexecutioncount"] == "0"
    client.purge_queue(name=queue)


def test_connections_are_kept(client: CloudTasksClient, queue: str, handler: Handler) -> None:
    started = time.monotonic()
    for _ in range(50):
        client.create_task(parent=queue, task=task_for(handler))
    handler.wait(50)
    assert time.monotonic() - started < 5


def test_an_attempt_is_written_down(
    client: CloudTasksClient, make_queue: MakeQueue, handler: Handler
) -> None:
    queue = make_queue(min_backoff=30, max_backoff=30)
    handler.answer(503)
    name = client.create_task(parent=queue, task=task_for(handler)).name
    handler.wait(1)
    task = client.get_task(name=name)
    deadline = time.monotonic() + 5
    while not task.response_count and time.monotonic() < deadline:
        task = client.get_task(name=name)
    assert (task.dispatch_count, task.response_count) == (1, 1)
    assert task.last_attempt.response_status.message == "HTTP status code 503"
    assert moment(task.schedule_time) > datetime.now(UTC) + timedelta(seconds=25)


@pytest.mark.parametrize(
    ("kind", "requests"),
    [
        pytest.param(FaultKind.UNAVAILABLE, 1, id="lost on the way there"),
        pytest.param(FaultKind.DEADLINE_AFTER_APPLYING, 2, id="lost on the way back"),
        pytest.param(FaultKind.TWICE, 2, id="sent twice"),
    ],
)
def test_faults_of_dispatch(
    *,
    client: CloudTasksClient,
    queue: str,
    handler: Handler,
    stand_ins: Emulators,
    kind: FaultKind,
    requests: int,
) -> None:
    stand_ins.faults.add(Fault(kind=kind, service="tasks", method="Dispatch"))
    handler.seconds = 0.05
    client.create_task(parent=queue, task=task_for(handler))
    gone(client, queue)
    assert len(handler.received) == requests
    assert handler.most_at_once == (2 if kind is FaultKind.TWICE else 1)
