"""What the webhook and the callable answer to each thing that can go wrong."""

from http import HTTPStatus
from uuid import UUID

from rest_framework.exceptions import AuthenticationFailed, MethodNotAllowed, PermissionDenied

from visn_whatsapp.authentication import IdentityUnavailable
from visn_whatsapp.body import BodyIncomplete, BodyTooLarge
from visn_whatsapp.service_view import Answer, Answers
from webhooks import callable_protocol
from webhooks.callable_protocol import CallUnreadable, Taken
from webhooks.handshake import HandshakeRefused
from webhooks.ledger import LedgerUnavailable
from webhooks.receiving import Enqueued, NoSuchDelivery, NotTakenOver
from webhooks.task_queue import QueueUnavailable

WEBHOOK: Answers = {
    BodyIncomplete: Answer(HTTPStatus.BAD_REQUEST),
    AuthenticationFailed: Answer(HTTPStatus.UNAUTHORIZED),
    HandshakeRefused: Answer(HTTPStatus.FORBIDDEN),
    MethodNotAllowed: Answer(HTTPStatus.METHOD_NOT_ALLOWED),
    BodyTooLarge: Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    LedgerUnavailable: Answer(HTTPStatus.SERVICE_UNAVAILABLE),
}


def _error(http: HTTPStatus, status: str, message: str) -> Answer:
    """An error of the callable protocol, whose status is a word of google.rpc.Code."""
    body = callable_protocol.error(status=status, message=message)
    return Answer(http, body, "application/json")


_UNAVAILABLE = _error(HTTPStatus.SERVICE_UNAVAILABLE, "UNAVAILABLE", "Try again later.")

CALLABLE: Answers = {
    BodyIncomplete: _error(HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT", "The body ended too early."),
    CallUnreadable: _error(
        HTTPStatus.BAD_REQUEST,
        "INVALID_ARGUMENT",
        'The body must be {"data": {"delivery": a UUID, "payload": an object}}.',
    ),
    AuthenticationFailed: _error(
        HTTPStatus.UNAUTHORIZED, "UNAUTHENTICATED", "The caller is not known."
    ),
    PermissionDenied: _error(
        HTTPStatus.FORBIDDEN, "PERMISSION_DENIED", "The caller is not allowed here."
    ),
    NoSuchDelivery: _error(HTTPStatus.NOT_FOUND, "NOT_FOUND", "There is no such delivery."),
    MethodNotAllowed: _error(
        HTTPStatus.METHOD_NOT_ALLOWED, "INVALID_ARGUMENT", "The method is not allowed."
    ),
    BodyTooLarge: _error(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "RESOURCE_EXHAUSTED", "The body is too large."
    ),
    IdentityUnavailable: _UNAVAILABLE,
    LedgerUnavailable: _UNAVAILABLE,
    QueueUnavailable: _UNAVAILABLE,
}


def taken(delivery: UUID, came_to: Enqueued | NotTakenOver) -> Taken:
    """What the callable answers of one of several deliveries."""
    if isinstance(came_to, Enqueued):
        return Taken(delivery=delivery, enqueued=came_to.enqueued)
    return Taken(delivery=delivery, error=callable_protocol.error_in(CALLABLE[type(came_to)].body))
