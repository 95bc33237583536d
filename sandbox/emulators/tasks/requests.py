"""What Cloud Tasks refuses in a request, and what it fills in."""

import itertools
import re
import time
from dataclasses import dataclass

from sandbox.emulators.rpc import invalid, unimplemented
from sandbox.emulators.tasks.messages import HttpMethod, Queue, Task
from sandbox.emulators.tasks.queue import QueuedTask
from sandbox.emulators.tasks.times import seconds, set_duration, set_time

PARENT = re.compile(r"projects/[A-Za-z0-9.:-]+/locations/[A-Za-z0-9-]+")
QUEUE_ID = re.compile(r"[A-Za-z0-9-]{1,100}")
TASK_ID = re.compile(r"[A-Za-z0-9_-]{1,500}")
LARGEST_TASK_BYTES = 1_000_000
LONGEST_URL = 2083
FURTHEST_SCHEDULE_SECONDS = 720 * 3600.0
USUAL_DEADLINE_SECONDS = 600.0
LONGEST_DEADLINE_SECONDS = 1800.0
UNSPECIFIED = HttpMethod.HTTP_METHOD_UNSPECIFIED
WITH_BODY = {UNSPECIFIED, HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH}
MOST_DISPATCHES_PER_SECOND = 500
MOST_CONCURRENT_DISPATCHES = 5000

# Names for tasks that come without one. They increase, so that lists are in the order of creation.
ids = itertools.count(time.time_ns())


def check_queue(queue: Queue) -> None:
    """Raises Refused unless a queue can be made or changed like this."""
    parent, _, queue_id = queue.name.partition("/queues/")
    if not (PARENT.fullmatch(parent) and QUEUE_ID.fullmatch(queue_id)):
        raise invalid(
            'Queue name must be formatted: "projects/<PROJECT_ID>/locations/<LOCATION_ID>'
            '/queues/<QUEUE_ID>"'
        )
    limits = queue.rate_limits
    if not 0 <= limits.max_dispatches_per_second <= MOST_DISPATCHES_PER_SECOND:
        raise invalid("Queue.rateLimits.maxDispatchesPerSecond must be between 0 and 500.")
    if not 0 <= limits.max_concurrent_dispatches <= MOST_CONCURRENT_DISPATCHES:
        raise invalid("Queue.rateLimits.maxConcurrentDispatches must be between 0 and 5000.")
    if queue.retry_config.max_attempts < -1:
        raise invalid("Queue.retryConfig.maxAttempts must be at least -1.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Intake:
    """How new tasks are looked at."""

    shortest_deadline_seconds: float  # of a dispatch; Google's is 15

    def accept(self, task: Task, *, queue_name: str, now: float) -> QueuedTask:
        """Returns the task as the queue keeps it. Raises Refused if it cannot be."""
        if task.ByteSize() > LARGEST_TASK_BYTES:
            raise invalid("Task size too large")
        if task.name:
            _check_name(task.name, queue_name=queue_name)
        _check_target(task)
        self._check_times(task, now=now)
        kept = Task()
        kept.CopyFrom(task)
        _fill(kept, queue_name=queue_name, now=now)
        return QueuedTask(task=kept, named=bool(task.name))

    def _check_times(self, task: Task, *, now: float) -> None:
        if seconds(task.schedule_time) > now + FURTHEST_SCHEDULE_SECONDS:
            raise invalid(
                "The Task.scheduleTime is too far in the future. Schedule time must be no more "
                "than 720h in the future."
            )
        deadline = seconds(task.dispatch_deadline)
        shortest = self.shortest_deadline_seconds
        is_given = task.HasField("dispatch_deadline")
        if is_given and not shortest <= deadline <= LONGEST_DEADLINE_SECONDS:
            raise invalid(f"Task.dispatchDeadline must be between [{shortest:g}s, 30m].")


def _check_name(name: str, *, queue_name: str) -> None:
    parent, _, task_id = name.rpartition("/tasks/")
    if parent != queue_name or not TASK_ID.fullmatch(task_id):
        raise invalid(
            'Task name must be formatted: "projects/<PROJECT_ID>/locations/<LOCATION_ID>'
            '/queues/<QUEUE_ID>/tasks/<TASK_ID>", in the queue that the request names.'
        )


def _check_target(task: Task) -> None:
    kind = task.WhichOneof("message_type")
    request = task.http_request
    if kind == "app_engine_http_request" or request.HasField("oauth_token"):
        raise unimplemented("A task without an HTTP request, or with an OAuth token,")
    if task.HasField("retry_config"):
        raise unimplemented("Task.retryConfig")
    if not re.match(r"https?://[^/]", request.url) or len(request.url) > LONGEST_URL:
        raise invalid("HttpRequest.url is required and must begin with http:// or https://.")
    texts = [*request.headers.keys(), *request.headers.values()]
    if not all(text.isascii() and text.isprintable() for text in texts):
        raise invalid("HttpRequest.headers must be printable ASCII.")
    if request.body and request.http_method not in WITH_BODY:
        raise invalid("HTTP body is only allowed for POST, PUT and PATCH.")
    if request.HasField("oidc_token") and not request.oidc_token.service_account_email:
        raise invalid("OidcToken.serviceAccountEmail is required.")


def _fill(task: Task, *, queue_name: str, now: float) -> None:
    request = task.http_request
    task.name = task.name or f"{queue_name}/tasks/{next(ids):020d}"
    if request.http_method == UNSPECIFIED:
        request.http_method = HttpMethod.POST
    names = {name.lower() for name in request.headers}
    if request.body and "content-type" not in names:
        request.headers["Content-Type"] = "application/octet-stream"
    if "user-agent" not in names:
        request.headers["User-Agent"] = "Google-Cloud-Tasks"
    set_time(task.create_time, float(int(now)))
    set_time(task.schedule_time, max(now, seconds(task.schedule_time)))
    if not task.HasField("dispatch_deadline"):
        set_duration(task.dispatch_deadline, USUAL_DEADLINE_SECONDS)
