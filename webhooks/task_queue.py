"""Cloud Tasks, and the only place that knows its client."""

import atexit
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import grpc
from django.conf import settings
from google.api_core.exceptions import (
    DeadlineExceeded,
    GoogleAPICallError,
    ServiceUnavailable,
    from_grpc_error,
)
from google.api_core.gapic_v1 import routing_header
from google.cloud.tasks_v2 import CloudTasksClient, CreateTaskRequest, HttpMethod
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport
from google.cloud.tasks_v2.services.cloud_tasks.transports.base import DEFAULT_CLIENT_INFO

from visn_whatsapp import traces
from visn_whatsapp.budget import Budget, BudgetSpent
from visn_whatsapp.google.calls import Patience, call
from visn_whatsapp.google.channels import OPTIONS, RenewedChannel
from visn_whatsapp.google.credentials import default_credentials
from visn_whatsapp.google.kept import Kept, Unobtainable
from visn_whatsapp.telemetry import spans
from webhooks import tasks

# Meta, or the gateway before us, waits for the answer of a request that makes a task. The client
# by itself would wait 20 s and try once.
REQUEST_BUDGET_SECONDS = 2.0
COMMAND_BUDGET_SECONDS = 10.0
CREDENTIALS_BUDGET_SECONDS = 10.0  # of the thread that makes the client; nobody waits for all of it

# Two tasks instead of one do no harm, so what the network broke is tried again: on a connection
# that has gone silent the first attempt fails, and the second has a new one. But a queue that is
# down shall keep nobody waiting for all of the budget.
ATTEMPT_SHARE = 0.45
UNTIL_SHARE = 0.55


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
        with spans.created(self.name, {delivery: None}):
            self._create(body, at=at)

    def create_for(self, members: Sequence[tasks.Member]) -> None:
        """Makes one task for several deliveries, at once. Raises QueueUnavailable as above."""
        links = {each.delivery: traces.of_header(each.traceparent) for each in members}
        with spans.created(self.name, links):
            self._create(tasks.encode_for(members), at=None)

    @property
    def name(self) -> str:
        """The queue's, without where it is."""
        return self.path.rpartition("/")[2]

    def _create(self, body: bytes, *, at: datetime | None) -> None:
        request = self.request(body, at=at)
        budget = Budget(self.budget_seconds)
        try:
            calls = calls_of(self.emulator_host, budget)
            call(
                lambda seconds: calls.create_task(request, seconds=seconds),
                budget=budget,
                patience=_patience(self.budget_seconds),
            )
        except Unobtainable as error:
            raise QueueUnavailable(str(error)) from error
        except (GoogleAPICallError, BudgetSpent) as error:
            raise QueueUnavailable(type(error).__name__) from error

    def request(self, body: bytes, *, at: datetime | None = None) -> Any:
        """Returns what Cloud Tasks is asked for a task with this body, of the trace it is for."""
        http_request = {
            "http_method": int(HttpMethod.POST),
            "url": self.url,
            "headers": {"Content-Type": "application/json", **traces.passed_on()},
            "body": body,
            "oidc_token": {"service_account_email": self.account, "audience": self.audience},
        }
        request = CreateTaskRequest.pb()(parent=self.path, task={"http_request": http_request})
        if at is not None:
            request.task.schedule_time.FromDatetime(at)
        return request


def _patience(budget_seconds: float) -> Patience:
    return Patience(
        transient=(ServiceUnavailable, DeadlineExceeded),
        attempt_seconds=ATTEMPT_SHARE * budget_seconds,
        until_seconds=UNTIL_SHARE * budget_seconds,
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


class Calls:
    """What Cloud Tasks is asked, by the messages as they travel.

    Google's client wraps each message in objects of its own, which costs more than the call itself.
    Channel, credentials, headers and errors are the client's. May be shared by threads.
    """

    def __init__(self, client: CloudTasksClient) -> None:
        self.client = client
        self._client_info = DEFAULT_CLIENT_INFO.to_grpc_metadata()
        transport: Any = client.transport  # gRPC's, whatever its type says
        self._create_task = transport.grpc_channel.unary_unary(
            "/google.cloud.tasks.v2.CloudTasks/CreateTask",
            request_serializer=CreateTaskRequest.pb().SerializeToString,
            response_deserializer=None,  # nobody looks at it
        )

    def create_task(self, request: Any, *, seconds: float) -> None:
        """Makes a task, trying once. Raises what Google's client raises."""
        routed = routing_header.to_grpc_metadata({"parent": request.parent})
        try:
            self._create_task(request, timeout=seconds, metadata=(routed, self._client_info))
        except grpc.RpcError as error:
            raise from_grpc_error(error) from error


_calls: dict[str, Kept[Calls]] = {}  # by address: one for each process


def calls_of(emulator_host: str, budget: Budget) -> Calls:
    """Returns the calls of an emulator's address, or of Google if that is empty.

    Raises Unobtainable: without credentials there are none.
    """
    kept = _calls.get(emulator_host)
    if kept is None:
        new = Kept(lambda: Calls(_new_client(emulator_host)), name="tasks_client")
        kept = _calls.setdefault(emulator_host, new)
    return kept.value(budget)


def _new_client(emulator_host: str) -> CloudTasksClient:
    if emulator_host:
        channel = RenewedChannel(partial(grpc.insecure_channel, emulator_host, options=OPTIONS))
        return CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))
    return CloudTasksClient(
        credentials=default_credentials(Budget(CREDENTIALS_BUDGET_SECONDS)),
        transport=partial(CloudTasksGrpcTransport, channel=_channel),
    )


def _channel(host: str, **how: Any) -> grpc.Channel:
    """Opens a channel as Google's client does, with our options."""
    return RenewedChannel(
        partial(CloudTasksGrpcTransport.create_channel, host, **(how | {"options": OPTIONS}))
    )


def _close() -> None:
    for kept in _calls.values():
        if kept.held is not None:
            kept.held.client.transport.close()


atexit.register(_close)
