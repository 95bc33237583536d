"""A queue, a way to post like Meta, and a clock for the tests of the webhooks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, cast
from uuid import UUID

import grpc
import pytest
from django.http import HttpResponseBase
from django.test import Client
from google.cloud.tasks_v2 import CloudTasksClient
from google.cloud.tasks_v2 import Task as CloudTask
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport
from pytest_django import Settings

from sandbox.emulators import Emulators, Fault, FaultKind, Options, Part, start
from webhooks import tasks
from webhooks.authentication import sign
from webhooks.refusals import refusals
from webhooks.task_queue import TaskQueue, connect
from webhooks.tasks import Task

NOW = datetime(2026, 6, 1, 10, 14, tzinfo=UTC)
WEBHOOK = "/v1/webhooks/whatsapp/webhook"


@dataclass(frozen=True, kw_only=True)
class QueueContents:
    """What is in the queue of the settings, where nothing is dispatched."""

    emulators: Emulators
    client: CloudTasksClient
    path: str

    def cloud_tasks(self) -> list[CloudTask]:
        """Returns the tasks as Cloud Tasks has them, oldest first."""
        request = {"parent": self.path, "response_view": CloudTask.View.FULL}
        return sorted(self.client.list_tasks(request), key=_created_at)

    def tasks(self) -> list[Task]:
        """Returns what the tasks say, oldest first."""
        return [
            named for task in self.cloud_tasks() for named in tasks.decode(task.http_request.body)
        ]

    def grouped(self) -> list[set[UUID]]:
        """Returns which deliveries each task names, the fewest first: in no order they are made."""
        named = [tasks.decode(task.http_request.body) for task in self.cloud_tasks()]
        return sorted(({each.delivery for each in group} for group in named), key=len)

    def refuse(self, *, times: int = 1) -> None:
        """Lets the next tasks be refused for good."""
        self.fault(FaultKind.PERMISSION_DENIED, times=times)

    def fault(self, kind: FaultKind, *, times: int = 1, seconds: float = 0.0) -> None:
        """Lets something go wrong with the next tasks."""
        self.emulators.faults.add(
            Fault(kind=kind, service="tasks", method="CreateTask", times=times, seconds=seconds)
        )


def _created_at(task: CloudTask) -> datetime:
    return cast(datetime, task.create_time)


class PostLikeMeta(Protocol):
    """Signs bytes and posts them to the webhook."""

    def __call__(self, body: bytes, **headers: str) -> HttpResponseBase: ...


@pytest.fixture(scope="session")
def emulators() -> Iterator[Emulators]:
    """Stands in for Cloud Tasks and Google's identities."""
    parts = frozenset({Part.TASKS, Part.IDENTITY})
    with start(Options(parts=parts, project="test", location="test")) as started:
        yield started


@pytest.fixture(scope="session")
def tasks_client(emulators: Emulators) -> Iterator[CloudTasksClient]:
    """Looks into the queue."""
    with grpc.insecure_channel(emulators.tasks_host) as channel:
        yield CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))


@pytest.fixture
def contents(
    emulators: Emulators, tasks_client: CloudTasksClient, settings: Settings
) -> Iterator[QueueContents]:
    """Makes the queue of the settings an empty one that dispatches nothing."""
    settings.TASKS_EMULATOR_HOST = emulators.tasks_host
    path = CloudTasksClient.queue_path("test", "test", settings.TASKS_QUEUE)
    tasks_client.pause_queue(name=path)
    tasks_client.purge_queue(name=path)
    yield QueueContents(emulators=emulators, client=tasks_client, path=path)
    emulators.faults.clear()


@pytest.fixture
def queue(contents: QueueContents) -> TaskQueue:
    """Makes tasks in that queue."""
    return connect()


@pytest.fixture
def post(client: Client) -> PostLikeMeta:
    """Posts like Meta."""

    def post_signed(body: bytes, **headers: str) -> HttpResponseBase:
        signature = {"X-Hub-Signature-256": sign(body, secret="test_app_secret")}
        return client.post(
            WEBHOOK,
            body,
            content_type="application/json",
            headers=signature | headers,
        )

    return post_signed


@pytest.fixture(autouse=True)
def _no_refusals_from_before() -> None:
    """Lets the next refusal be written at once."""
    refusals._pending.clear()
    refusals._next_flush = 0.0
