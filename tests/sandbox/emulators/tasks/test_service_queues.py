"""Queues and tasks: the calls of the client, and what is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.api_core.exceptions import (
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    MethodNotImplemented,
    NotFound,
)
from google.cloud.tasks_v2 import CloudTasksClient, HttpMethod, HttpRequest, Queue, Task
from google.protobuf.field_mask_pb2 import FieldMask

from sandbox.emulators import Emulators
from tests.sandbox.emulators.tasks.conftest import (
    PARENT,
    Handler,
    MakeQueue,
    duration,
    gone,
    moment,
    task_for,
)

URL = "http://127.0.0.1:9/"  # discard: nothing is sent from a paused queue


@pytest.fixture
def paused(client: CloudTasksClient, queue: str) -> str:
    """A queue that keeps its tasks."""
    client.pause_queue(name=queue)
    return queue


def test_the_queue_of_the_project_is_there_at_the_start(client: CloudTasksClient) -> None:
    name = "projects/local/locations/local/queues/whatsapp-messages-queue"
    assert client.get_queue(name=name).state == Queue.State.RUNNING
    listed = client.list_queues(parent="projects/local/locations/local")
    assert [queue.name for queue in listed] == [name]


def test_a_new_queue_gets_googles_defaults(client: CloudTasksClient) -> None:
    name = f"{PARENT}/queues/defaults"
    client.create_queue(parent=PARENT, queue=Queue(name=name))
    queue = client.get_queue(name=name)
    limits, retry = queue.rate_limits, queue.retry_config
    assert (limits.max_dispatches_per_second, limits.max_concurrent_dispatches) == (500, 1000)
    assert (retry.max_attempts, retry.max_doublings) == (100, 16)
    pauses: list[Any] = [retry.min_backoff, retry.max_backoff]
    assert pauses == [timedelta(seconds=0.1), timedelta(seconds=3600)]
    with pytest.raises(AlreadyExists):
        client.create_queue(parent=PARENT, queue=Queue(name=name))


def test_an_update_changes_what_its_mask_names(client: CloudTasksClient, queue: str) -> None:
    wanted = Queue(name=queue, retry_config={"max_attempts": 7, "max_doublings": 3})
    mask = FieldMask(paths=["retry_config.max_attempts"])
    client.update_queue(queue=wanted, update_mask=mask)
    retry = client.get_queue(name=queue).retry_config
    assert (retry.max_attempts, retry.max_doublings) == (7, 16)
    client.update_queue(queue=wanted)
    retry = client.get_queue(name=queue).retry_config
    assert (retry.max_attempts, retry.max_doublings) == (7, 3)


def test_an_update_makes_the_queue_where_it_is_missing(client: CloudTasksClient) -> None:
    name = f"{PARENT}/queues/made-by-update"
    client.update_queue(queue=Queue(name=name))
    assert client.get_queue(name=name).name == name


def test_a_missing_queue(client: CloudTasksClient) -> None:
    name = f"{PARENT}/queues/none"
    with pytest.raises(NotFound, match=r"Queue does not exist\. If you just created"):
        client.get_queue(name=name)
    with pytest.raises(NotFound):
        list(client.list_tasks(parent=name))
    with pytest.raises(NotFound):
        client.purge_queue(name=name)
    with pytest.raises(FailedPrecondition, match=r"Queue does not exist\."):
        client.create_task(parent=name, task=Task(http_request=HttpRequest(url=URL)))


def test_a_deleted_queue_stays_away(client: CloudTasksClient) -> None:
    name = f"{PARENT}/queues/deleted"
    client.create_queue(parent=PARENT, queue=Queue(name=name))
    client.delete_queue(name=name)
    with pytest.raises(NotFound):
        client.get_queue(name=name)
    with pytest.raises(FailedPrecondition, match="existed recently"):
        client.create_task(parent=name, task=Task(http_request=HttpRequest(url=URL)))
    with pytest.raises(FailedPrecondition, match="existed recently"):
        client.create_queue(parent=PARENT, queue=Queue(name=name))


@pytest.mark.parametrize(
    "name", ["queues/q", f"{PARENT}/queues/a_b", f"{PARENT}/queues/", f"{PARENT}-x/queues/q"]
)
def test_names_that_no_queue_can_have_here(client: CloudTasksClient, name: str) -> None:
    with pytest.raises(InvalidArgument):
        client.create_queue(parent=PARENT, queue=Queue(name=name))


def test_a_paused_queue_keeps_its_tasks(
    client: CloudTasksClient, paused: str, handler: Handler
) -> None:
    created = client.create_task(parent=paused, task=task_for(handler))
    assert client.get_queue(name=paused).state == Queue.State.PAUSED
    assert client.get_task(name=created.name).dispatch_count == 0
    client.resume_queue(name=paused)
    gone(client, paused)
    assert len(handler.received) == 1


def test_a_created_task_is_filled_in(client: CloudTasksClient, paused: str) -> None:
    before = datetime.now(UTC)
    request = HttpRequest(url=URL, body=b"x")
    task = client.create_task(parent=paused, task=Task(http_request=request))
    assert task.name.startswith(f"{paused}/tasks/")
    assert task.http_request.http_method == HttpMethod.POST
    assert dict(task.http_request.headers) == {
        "Content-Type": "application/octet-stream",
        "User-Agent": "Google-Cloud-Tasks",
    }
    deadline: Any = task.dispatch_deadline
    assert deadline == timedelta(minutes=10)
    assert before <= moment(task.schedule_time) <= datetime.now(UTC)
    age = moment(task.schedule_time) - moment(task.create_time)
    assert timedelta(0) <= age < timedelta(seconds=1)
    assert moment(task.create_time).microsecond == 0


def test_a_body_is_shown_to_those_who_ask(client: CloudTasksClient, paused: str) -> None:
    request = HttpRequest(url=URL, body=b"x")
    task = client.create_task(parent=paused, task=Task(http_request=request))
    full = client.get_task(request={"name": task.name, "response_view": Task.View.FULL})
    assert (task.http_request.body, task.view) == (b"", Task.View.BASIC)
    assert (full.http_request.body, full.view) == (b"x", Task.View.FULL)


def test_tasks_are_listed_page_by_page(client: CloudTasksClient, paused: str) -> None:
    names = [
        client.create_task(parent=paused, task=Task(http_request=HttpRequest(url=URL))).name
        for _ in range(5)
    ]
    listed = client.list_tasks(request={"parent": paused, "page_size": 2})
    assert [task.name for task in listed] == names


def test_tasks_are_deleted_one_by_one_or_all(client: CloudTasksClient, paused: str) -> None:
    request = HttpRequest(url=URL)
    names = [
        client.create_task(parent=paused, task=Task(http_request=request)).name for _ in range(3)
    ]
    client.delete_task(name=names[0])
    assert [task.name for task in client.list_tasks(parent=paused)] == names[1:]
    with pytest.raises(NotFound):
        client.get_task(name=names[0])
    with pytest.raises(NotFound):
        client.delete_task(name=names[0])
    client.purge_queue(name=paused)
    assert list(client.list_tasks(parent=paused)) == []


def test_a_deleted_task_is_not_retried(
    client: CloudTasksClient, make_queue: MakeQueue, handler: Handler
) -> None:
    queue = make_queue(min_backoff=0.05, max_backoff=0.05)
    handler.answer(*[503] * 9)
    name = client.create_task(parent=queue, task=task_for(handler)).name
    handler.wait(1)
    client.delete_task(name=name)
    other = client.create_task(parent=queue, task=task_for(handler))
    requests = handler.wait(4)
    names = [request.headers["x-cloudtasks-taskname"] for request in requests]
    assert names[1:4] == [other.name.rsplit("/", 1)[1]] * 3


def test_a_task_may_be_run_at_once(client: CloudTasksClient, paused: str, handler: Handler) -> None:
    due = datetime.now(UTC) + timedelta(hours=1)
    task = client.create_task(parent=paused, task=task_for(handler, schedule_time=due))
    client.run_task(name=task.name)
    handler.wait(1)
    gone(client, paused)
    assert len(handler.received) == 1


def test_a_name_is_taken_while_the_task_lives_and_after(
    client: CloudTasksClient, queue: str, handler: Handler
) -> None:
    client.pause_queue(name=queue)
    name = f"{queue}/tasks/once_only-1"
    client.create_task(parent=queue, task=task_for(handler, name=name))
    with pytest.raises(AlreadyExists, match="Requested entity already exists"):
        client.create_task(parent=queue, task=task_for(handler, name=name))
    client.resume_queue(name=queue)
    gone(client, queue)
    with pytest.raises(AlreadyExists, match="existed too recently"):
        client.create_task(parent=queue, task=task_for(handler, name=name))
    assert len(handler.received) == 1


def http(**fields: Any) -> dict[str, Any]:
    return {"http_request": {"url": URL, **fields}}


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="nothing to do"),
        pytest.param({"http_request": {"url": "ftp://host/"}}, id="scheme"),
        pytest.param({"http_request": {"url": ""}}, id="no url"),
        pytest.param(http(http_method=HttpMethod.GET, body=b"x"), id="body of a GET"),
        pytest.param(http(body=b"x" * 1_000_001), id="too large"),
        pytest.param(http(headers={"X-Own": "a\r\nb"}), id="two lines in a header"),
        pytest.param(http(oidc_token={"audience": "x"}), id="token of nobody"),
        pytest.param(
            http() | {"schedule_time": datetime.now(UTC) + timedelta(days=31)}, id="too late"
        ),
        pytest.param(http() | {"dispatch_deadline": duration(1801)}, id="deadline too long"),
        pytest.param(http() | {"dispatch_deadline": duration(0.01)}, id="deadline too short"),
        pytest.param(http() | {"name": f"{PARENT}/queues/other/tasks/1"}, id="other queue"),
    ],
)
def test_tasks_that_are_refused(
    client: CloudTasksClient, paused: str, fields: dict[str, Any]
) -> None:
    with pytest.raises(InvalidArgument):
        client.create_task(parent=paused, task=Task(**fields))
    assert list(client.list_tasks(parent=paused)) == []


def test_a_task_of_almost_a_megabyte_is_taken(client: CloudTasksClient, paused: str) -> None:
    client.create_task(parent=paused, task=Task(**http(body=b"x" * 999_000)))
    assert len(list(client.list_tasks(parent=paused))) == 1


def test_what_the_stand_in_cannot_do_it_says(client: CloudTasksClient, paused: str) -> None:
    for fields in (
        {"app_engine_http_request": {"relative_uri": "/"}},
        http(oauth_token={"service_account_email": "somebody@test.invalid"}),
    ):
        with pytest.raises(MethodNotImplemented, match="not supported by this stand-in"):
            client.create_task(parent=paused, task=Task(**fields))


def test_a_caller_may_not_wait_longer_than_half_a_minute(
    client: CloudTasksClient, paused: str, stand_ins: Emulators
) -> None:
    with pytest.raises(InvalidArgument, match="cannot be more than 30s in the future"):
        client.create_task(parent=paused, task=Task(**http()), timeout=31, retry=None)
    assert stand_ins.counters.read()["tasks"]["CreateTask"] == 1
    client.create_task(parent=paused, task=Task(**http()), timeout=None, retry=None)
