"""One attempt at a task: the HTTP request to its handler."""

import re
import time
from collections.abc import Mapping

import urllib3

from sandbox.emulators.tasks.messages import HttpMethod
from sandbox.emulators.tasks.queue import Attempt, QueuedTask
from sandbox.emulators.tasks.times import seconds
from sandbox.emulators.tokens import TokenIssuer

CONNECTIONS_KEPT = 64  # per handler

# What a task cannot say itself: Cloud Tasks sets or drops these.
OWN_HEADERS = re.compile(
    r"x-cloudtasks-.*|x-google-.*|x-appengine-.*|host|content-length", re.IGNORECASE
)


class Sender:
    """Sends tasks to their handlers over connections that are kept open. Safe for threads."""

    def __init__(self, *, issuer: TokenIssuer) -> None:
        self._issuer = issuer
        self._pool = urllib3.PoolManager(maxsize=CONNECTIONS_KEPT)

    def send(self, queued: QueuedTask) -> Attempt:
        """Returns what came of it. No answer within the task's deadline is no answer."""
        request = queued.task.http_request
        began = time.time()
        try:
            response = self._pool.request(
                HttpMethod(request.http_method).name,
                request.url,
                body=request.body,
                headers=self._headers(queued),
                timeout=urllib3.Timeout(total=seconds(queued.task.dispatch_deadline)),
                retries=False,
                redirect=False,
            )
        except urllib3.exceptions.HTTPError:
            return Attempt(began=began, ended=time.time(), status=None)
        return Attempt(began=began, ended=time.time(), status=response.status)

    def close(self) -> None:
        """Closes the connections."""
        self._pool.clear()

    def _headers(self, queued: QueuedTask) -> Mapping[str, str]:
        task = queued.task
        headers = {
            name: value
            for name, value in task.http_request.headers.items()
            if not OWN_HEADERS.fullmatch(name)
        }
        headers |= {
            "X-CloudTasks-QueueName": task.name.split("/")[-3],
            "X-CloudTasks-TaskName": task.name.split("/")[-1],
            "X-CloudTasks-TaskRetryCount": str(queued.retries),
            "X-CloudTasks-TaskExecutionCount": str(queued.executions),
            "X-CloudTasks-TaskETA": f"{queued.due:.6f}",  # seconds since 1970
        }
        if queued.previous_status is not None:
            headers["X-CloudTasks-TaskPreviousResponse"] = str(queued.previous_status)
        if task.http_request.HasField("oidc_token"):
            headers["Authorization"] = f"Bearer {self._token(queued)}"
        return headers

    def _token(self, queued: QueuedTask) -> str:
        request = queued.task.http_request
        return self._issuer.token(
            audience=request.oidc_token.audience or request.url,
            email=request.oidc_token.service_account_email,
        )
