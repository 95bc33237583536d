"""What the task handler answers: 2xx is done for Cloud Tasks, anything else is tried again."""

from http import HTTPStatus

from rest_framework.exceptions import AuthenticationFailed, MethodNotAllowed, PermissionDenied

from listeners.firestore.errors import Unavailable
from listeners.services import Handled
from visn_whatsapp.authentication import IdentityUnavailable
from visn_whatsapp.body import BodyIncomplete, BodyTooLarge
from visn_whatsapp.service_view import Answer, Answers
from webhooks.ledger import LedgerUnavailable
from webhooks.task_queue import QueueUnavailable
from webhooks.tasks import TaskUnreadable

TASK_HANDLER: Answers = {
    Handled.DONE: Answer(HTTPStatus.OK),
    # It is noted, and a task of its own looks for it again.
    Handled.UNKNOWN_DELIVERY: Answer(HTTPStatus.OK),
    # It is kept; the queue would bring the same bytes.
    TaskUnreadable: Answer(HTTPStatus.OK),
    BodyIncomplete: Answer(HTTPStatus.BAD_REQUEST),
    AuthenticationFailed: Answer(HTTPStatus.UNAUTHORIZED),
    PermissionDenied: Answer(HTTPStatus.FORBIDDEN),
    MethodNotAllowed: Answer(HTTPStatus.METHOD_NOT_ALLOWED),
    BodyTooLarge: Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    Handled.TRY_AGAIN: Answer(HTTPStatus.SERVICE_UNAVAILABLE),
    IdentityUnavailable: Answer(HTTPStatus.SERVICE_UNAVAILABLE),
    LedgerUnavailable: Answer(HTTPStatus.SERVICE_UNAVAILABLE),
    QueueUnavailable: Answer(HTTPStatus.SERVICE_UNAVAILABLE),
    Unavailable: Answer(HTTPStatus.SERVICE_UNAVAILABLE),
}
