"""The task handler: a task in, its result as an answer that Cloud Tasks understands."""

import logging
from http import HTTPStatus

from django.db import DatabaseError, InterfaceError
from django.http import HttpResponse
from rest_framework.request import Request

from listeners.firestore import connection as firestore_connection
from listeners.firestore.errors import Unavailable
from listeners.services import Attempt, Result, handle
from listeners.unreadable.keeping import keep
from visn_whatsapp.authentication import TaskHandlerIdentity
from visn_whatsapp.body import read_body
from webhooks import sequences, task_queue
from webhooks.clock import now
from webhooks.tasks import MAX_BYTES, TaskUnreadable, decode
from webhooks.views import ServiceView

logger = logging.getLogger(__name__)

RETRIES_DIGITS = 6  # of a number that anybody may have written
ANSWERS = {
    Result.DONE: HTTPStatus.OK,
    # It is noted, and a task of its own looks for it again.
    Result.UNKNOWN_DELIVERY: HTTPStatus.OK,
    Result.TRY_AGAIN: HTTPStatus.SERVICE_UNAVAILABLE,
}


class TaskHandlerView(ServiceView):
    """`POST /webhook-listeners/whatsapp`, for Cloud Tasks alone."""

    authentication_classes = [TaskHandlerIdentity]
    http_method_names = ["post"]

    def post(self, request: Request) -> HttpResponse:
        """Answers 200 if there is nothing left to try, otherwise 503."""
        body = read_body(request, limit=MAX_BYTES)
        try:
            task = decode(body)
        except TaskUnreadable:
            return HttpResponse(status=_keep(body, _attempt(request)))
        try:
            result = handle(
                task,
                attempt=_attempt(request),
                store=firestore_connection.connect(),
                queue=task_queue.connect(),
            )
        except (DatabaseError, InterfaceError) as error:
            sequences.note(error)
            logger.exception(
                "The ledger cannot be reached.", extra={"delivery": str(task.delivery)}
            )
            result = Result.TRY_AGAIN
        except Unavailable:
            logger.exception("Firestore cannot be reached.", extra={"delivery": str(task.delivery)})
            result = Result.TRY_AGAIN
        return HttpResponse(status=ANSWERS[result])


def _keep(body: bytes, attempt: Attempt) -> HTTPStatus:
    """Keeps what cannot be read; then it is done, since the queue would bring the same bytes."""
    logger.error("A task cannot be read.", extra={"size": len(body)})
    try:
        keep(body, task_name=attempt.task_name, now=now())
    except (DatabaseError, InterfaceError) as error:
        sequences.note(error)
        logger.exception("The ledger cannot be reached.")
        return HTTPStatus.SERVICE_UNAVAILABLE
    return HTTPStatus.OK


def _attempt(request: Request) -> Attempt:
    retries = request.headers.get("X-CloudTasks-TaskRetryCount", "")[:RETRIES_DIGITS]
    return Attempt(
        task_name=request.headers.get("X-CloudTasks-TaskName", "")[:500],
        retry_count=int(retries) if retries.isascii() and retries.isdigit() else 0,
    )
