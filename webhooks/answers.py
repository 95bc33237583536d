"""What each thing that can go wrong with a request is answered: one table for all our views."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from rest_framework.exceptions import AuthenticationFailed, MethodNotAllowed, PermissionDenied

from visn_whatsapp.authentication import IdentityUnavailable
from visn_whatsapp.body import BodyIncomplete, BodyTooLarge
from webhooks.callable_protocol import CallUnreadable
from webhooks.ledger import LedgerUnavailable
from webhooks.receiving import UnknownDelivery
from webhooks.task_queue import QueueUnavailable


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, in HTTP and in the callable protocol."""

    http: HTTPStatus
    status: str  # of google.rpc.Code
    message: str


_UNAVAILABLE = Answer(HTTPStatus.SERVICE_UNAVAILABLE, "UNAVAILABLE", "Try again later.")

ANSWERS: Mapping[type[Exception], Answer] = {
    BodyIncomplete: Answer(HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT", "The body ended too early."),
    CallUnreadable: Answer(
        HTTPStatus.BAD_REQUEST,
        "INVALID_ARGUMENT",
        'The body must be {"data": {"delivery": a UUID, "payload": an object}}.',
    ),
    AuthenticationFailed: Answer(
        HTTPStatus.UNAUTHORIZED, "UNAUTHENTICATED", "The caller is not known."
    ),
    PermissionDenied: Answer(
        HTTPStatus.FORBIDDEN, "PERMISSION_DENIED", "The caller is not allowed here."
    ),
    UnknownDelivery: Answer(HTTPStatus.NOT_FOUND, "NOT_FOUND", "There is no such delivery."),
    MethodNotAllowed: Answer(
        HTTPStatus.METHOD_NOT_ALLOWED, "INVALID_ARGUMENT", "The method is not allowed."
    ),
    BodyTooLarge: Answer(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "RESOURCE_EXHAUSTED", "The body is too large."
    ),
    IdentityUnavailable: _UNAVAILABLE,
    LedgerUnavailable: _UNAVAILABLE,
    QueueUnavailable: _UNAVAILABLE,
}
