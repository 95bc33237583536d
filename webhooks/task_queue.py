"""Cloud Tasks, and the only place that knows its client."""

import atexit
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import grpc
from django.conf import settings
from google.api_core.exceptions import (
    DeadlineExceeded,
    GoogleAPICallError,
    RetryError,
    ServiceUnavailable,
)
from google.api_core.retry import Retry, if_exception_type
from google.auth.exceptions import GoogleAuthError
from google.cloud.tasks_v2 import (
    CloudTasksClient,
    CreateTaskRequest,
    HttpMethod,
    HttpRequest,
    OidcToken,
)
from google.cloud.tasks_v2 import Task as CloudTask
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport

from webhooks import tasks

# Meta, or the gateway before us, waits for the answer of a request that makes a task. The client
# by itself would wait 20 s and try once.
REQUEST_BUDGET_SECONDS = 2.0
COMMAND_BUDGET_SECONDS = 10.0


class QueueUnavailable(Exception):
    """No task could be made: the queue is out of reach, refuses, or does not exist.

    A task may have been made all the same, if the answer was lost on its way.
    """


@dataclass(frozen=True, kw_only=True)
class TaskQueue:
    """Makes tasks that the queue posts to the task handler, with an identity token."""

    emulator_host: str  # empty: Google
    path: str  # projects/…/locations/…/queues/…
    url: str  # of the task handler
    account: str  # e-mail of the service account that the tasks are sent as
    audience: str  # of their identity tokens
    budget_seconds: float  # for one task, all tries together

    def create(
        self,
        delivery: UUID,
        *,
        digest: str = "",
        events: Sequence[int] = (),
        looks: int = 0,
        at: datetime | None = None,
    ) -> None:
        """Makes one task for a delivery, or for some of its events, at once or at a later time.

        The digest is the delivery's; without it nobody can tell whether lost bytes came again.
        Raises QueueUnavailable within the budget.
        """
        body = tasks.encode(delivery, digest=digest, events=events, looks=looks)
        request = CreateTaskRequest(parent=self.path, task=self._task(body, at))
        try:
            _clients.get(self.emulator_host).create_task(
                request, timeout=self.budget_seconds, retry=_retry(self.budget_seconds)
            )
        except RetryError as error:
            raise QueueUnavailable(type(error.cause).__name__) from error
        except (GoogleAPICallError, GoogleAuthError, OSError, ValueError) as error:
            # The last two are what Google's library says of credentials that it cannot read.
            raise QueueUnavailable(type(error).__name__) from error

    def _task(self, body: bytes, at: datetime | None) -> CloudTask:
        http_request = HttpRequest(
            http_method=HttpMethod.POST,
            url=self.url,
            headers={"Content-Type": "application/json"},
            body=body,
            oidc_token=OidcToken(service_account_email=self.account, audience=self.audience),
        )
        return CloudTask(http_request=http_request, schedule_time=at)


def _retry(budget_seconds: float) -> Retry:
    """Tries again what the network broke; two tasks instead of one do no harm.

    Only the first half of the budget: a queue that is down shall not keep everybody waiting.
    """
    return Retry(
        predicate=if_exception_type(ServiceUnavailable, DeadlineExceeded),
        initial=0.1,
        maximum=1.0,
        timeout=budget_seconds / 2,
    )


def connect(*, budget_seconds: float = REQUEST_BUDGET_SECONDS) -> TaskQueue:
    """Returns the queue of the settings. Its connection is made at first use, once per process."""
    project, location = settings.GOOGLE_CLOUD_PROJECT, settings.TASKS_LOCATION
    return TaskQueue(
        emulator_host=settings.TASKS_EMULATOR_HOST,
        path=CloudTasksClient.queue_path(project, location, settings.TASKS_QUEUE),
        url=settings.TASK_HANDLER_URL,
        account=settings.TASKS_SERVICE_ACCOUNT,
        audience=settings.TASK_HANDLER_AUDIENCE,
        budget_seconds=budget_seconds,
    )


class _Clients:
    """The clients of this process, one per address. A client from before a fork would hang."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clients: dict[str, CloudTasksClient] = {}

    def get(self, emulator_host: str) -> CloudTasksClient:
        """Returns the client for an emulator's address, or for Google if that is empty."""
        with self._lock:
            if emulator_host not in self._clients:
                self._clients[emulator_host] = _new_client(emulator_host)
            return self._clients[emulator_host]

    def forget(self) -> None:
        """Lets a forked child begin without its parent's connections and locks."""
        self._lock = threading.Lock()
        self._clients = {}

    def close(self) -> None:
        """Ends all connections."""
        for client in self._clients.values():
            client.transport.close()
        self._clients = {}


def _new_client(emulator_host: str) -> CloudTasksClient:
    if emulator_host:
        channel = grpc.insecure_channel(emulator_host)
        return CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))
    return CloudTasksClient()


_clients = _Clients()
os.register_at_fork(after_in_child=_clients.forget)
atexit.register(_clients.close)
