"""How the queue stands, and whether a task gets through it: for whoever looks, not for events."""

import re
import time
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus

from google.api_core.exceptions import GoogleAPICallError, NotFound
from google.cloud.tasks_v2 import CloudTasksClient, CreateTaskRequest, Queue, Task

from visn_whatsapp.budget import Budget
from webhooks import tasks
from webhooks.task_queue import TaskQueue, calls_of

CALL_SECONDS = 5.0
ARRIVAL_SECONDS = 15.0  # a service that has no instance has to start one
POLL_SECONDS = 0.2
# As Cloud Tasks words what became of an attempt: `UNAUTHENTICATED(16): HTTP status code 401`.
_STATUS = re.compile(r"HTTP status code (\d{3})")


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """The state of the queue, and how it tries tasks."""

    state: str  # running, paused or disabled
    at_once: int  # tasks
    a_second: float  # tasks that are started, at most
    attempts: int  # of a task, at most
    shortest: int  # seconds between two attempts
    longest: int
    doublings: int  # of these


def standing(queue: TaskQueue) -> Standing:
    """Asks Cloud Tasks. Raises GoogleAPICallError of Google's client, and Unobtainable."""
    found = Queue.pb(_client(queue).get_queue(name=queue.path, timeout=CALL_SECONDS, retry=None))
    return Standing(
        state=Queue.State(found.state).name.lower(),
        at_once=found.rate_limits.max_concurrent_dispatches,
        a_second=found.rate_limits.max_dispatches_per_second,
        attempts=found.retry_config.max_attempts,
        shortest=found.retry_config.min_backoff.ToSeconds(),
        longest=found.retry_config.max_backoff.ToSeconds(),
        doublings=found.retry_config.max_doublings,
    )


def probe(queue: TaskQueue) -> int | None:
    """Sends a task of no delivery through the queue, and returns the HTTP status of the answer.

    200 if the task was done; None if nobody has answered in time. A task that the queue gives up
    at once looks like one that was done, so `attempts` have to be several. Raises as `standing`.
    """
    client = _client(queue)
    request = CreateTaskRequest.wrap(queue.request(tasks.encode_for(())))
    name = client.create_task(request, timeout=CALL_SECONDS, retry=None).name
    try:
        status = _answered(client, name)
    except NotFound:
        return int(HTTPStatus.OK)
    # Where this process may not do that, the queue gives the probe up by itself.
    with suppress(GoogleAPICallError):
        client.delete_task(name=name, timeout=CALL_SECONDS, retry=None)
    return status


def _answered(client: CloudTasksClient, name: str) -> int | None:
    """The status of the first answer that left the task in the queue. Raises NotFound."""
    budget = Budget(ARRIVAL_SECONDS)
    while budget.left:
        task = Task.pb(client.get_task(name=name, timeout=CALL_SECONDS, retry=None))
        answered = _STATUS.search(task.last_attempt.response_status.message)
        if answered:
            return int(answered[1])
        time.sleep(POLL_SECONDS)
    return None


def _client(queue: TaskQueue) -> CloudTasksClient:
    return calls_of(queue.emulator_host, Budget(CALL_SECONDS)).client
