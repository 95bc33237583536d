"""The task handler: a task in, its result as an answer that Cloud Tasks understands."""

import logging
from http import HTTPStatus

from django.db import DatabaseError, InterfaceError
from django.http import HttpResponse
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from listeners import firestore_connection
from listeners.firestore_errors import Unavailable
from listeners.services import Attempt, Result, handle
from visn_whatsapp.authentication import TaskHandlerIdentity
from webhooks import task_queue
from webhooks.tasks import TaskUnreadable, decode
from webhooks.views import AnyMediaType

logger = logging.getLogger(__name__)

RETRIES_DIGITS = 6  # of a number that anybody may have written
ANSWERS = {
    Result.DONE: HTTPStatus.OK,
    # It is noted, and a task of its own looks for it again.
    Result.UNKNOWN_DELIVERY: HTTPStatus.OK,
    Result.TRY_AGAIN: HTTPStatus.SERVICE_UNAVAILABLE,
}


class TaskHandlerView(APIView):
    """`POST /webhook-listeners/whatsapp`, for Cloud Tasks alone."""

    authentication_classes = (TaskHandlerIdentity,)
    content_negotiation_class = AnyMediaType
    permission_classes = (IsAuthenticated,)

    def post(self, request: Request) -> HttpResponse:
        """Answers 200 if there is nothing left to try, otherwise 503."""
        try:
            task = decode(request.body)
        except TaskUnreadable:
            # Nobody but us makes tasks, and a retry would find the same bytes.
            logger.exception("task_unreadable")
            return HttpResponse(status=HTTPStatus.OK)
        try:
            result = handle(
                task,
                attempt=_attempt(request),
                store=firestore_connection.connect(),
                queue=task_queue.connect(),
            )
        except (DatabaseError, InterfaceError):
            logger.exception("ledger_unavailable", extra={"delivery": str(task.delivery)})
            result = Result.TRY_AGAIN
        except Unavailable:
            logger.exception("firestore_unavailable", extra={"delivery": str(task.delivery)})
            result = Result.TRY_AGAIN
        return HttpResponse(status=ANSWERS[result])


def _attempt(request: Request) -> Attempt:
    retries = request.headers.get("X-CloudTasks-TaskRetryCount", "")[:RETRIES_DIGITS]
    return Attempt(
        task_name=request.headers.get("X-CloudTasks-TaskName", "")[:500],
        retry_count=int(retries) if retries.isascii() and retries.isdigit() else 0,
    )
