"""The task handler: a task in, its result as an answer that Cloud Tasks understands."""

import logging
from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request

from listeners.answers import TASK_HANDLER
from listeners.counted import Attempted
from listeners.firestore import connection as firestore_connection
from listeners.groups import handle_each
from listeners.runs import Attempt
from listeners.services import Handled
from listeners.unreadable.keeping import keep
from visn_whatsapp.authentication import TaskHandlerIdentity
from visn_whatsapp.body import djangos, read_body
from visn_whatsapp.service_view import ServiceView
from visn_whatsapp.telemetry import metrics, spans
from visn_whatsapp.traces import of_header
from visn_whatsapp.untrusted import printable, whole_number
from webhooks import ledger, task_queue
from webhooks.clock import now
from webhooks.tasks import MAX_BYTES, Task, TaskUnreadable, decode

logger = logging.getLogger(__name__)

RETRIES_DIGITS = 6  # of a number that anybody may have written


class TaskHandlerView(ServiceView):
    """`POST /webhook-listeners/whatsapp`, for Cloud Tasks alone."""

    authentication_classes = [TaskHandlerIdentity]
    http_method_names = ["post"]
    answers = TASK_HANDLER

    def post(self, request: Request) -> HttpResponse:
        """Handles a task, or keeps what cannot be read as one."""
        asked = djangos(request)
        body = read_body(asked, limit=MAX_BYTES)
        attempt = _attempt(asked)
        with ledger.reached():
            try:
                tasks = decode(body)
            except TaskUnreadable:
                return self._keep(body, attempt)
            return self._handle(tasks, attempt)

    def _keep(self, body: bytes, attempt: Attempt) -> HttpResponse:
        logger.error("A task cannot be read.", extra={"size": len(body)})
        keep(body, task_name=attempt.task_name, now=now())
        return self.answer(TaskUnreadable)

    def _handle(self, tasks: Sequence[Task], attempt: Attempt) -> HttpResponse:
        if not tasks:
            ledger.look()
            return self.answer(Handled.DONE)
        self.delivery = tasks[0].delivery if len(tasks) == 1 else None
        store, queue = firestore_connection.connect(), task_queue.connect()
        own = {each.delivery: of_header(each.traceparent) for each in tasks}
        retries = attempt.retry_count
        with (
            Attempted(retries=retries) as tried,
            spans.handled(queue.name, own, retries=retries) as span,
        ):
            came_to = handle_each(tasks, attempt=attempt, store=store, queue=queue)
            tried.came_to(came_to.value)
            span.tell(metrics.RESULT, came_to.value)
        return self.answer(came_to)


def _attempt(request: HttpRequest) -> Attempt:
    retries = request.META.get("HTTP_X_CLOUDTASKS_TASKRETRYCOUNT", "")
    return Attempt(
        task_name=printable(request.META.get("HTTP_X_CLOUDTASKS_TASKNAME", ""), most=500),
        retry_count=whole_number(retries, digits=RETRIES_DIGITS) or 0,
    )
