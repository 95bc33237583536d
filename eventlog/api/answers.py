"""What the API answers to each thing that can go wrong."""

import json
from http import HTTPStatus

from rest_framework.exceptions import (
    AuthenticationFailed,
    MethodNotAllowed,
    NotFound,
    PermissionDenied,
)

from eventlog.replay.jobs import NothingToReplay, TooManyEvents
from visn_whatsapp.authentication import IdentityUnavailable
from visn_whatsapp.body import BodyIncomplete, BodyTooLarge
from visn_whatsapp.service_view import Answer, Answers
from webhooks.ledger import LedgerUnavailable


def _error(http: HTTPStatus, words: str) -> Answer:
    return Answer(http, json.dumps({"error": words}).encode(), "application/json")


_UNAVAILABLE = _error(HTTPStatus.SERVICE_UNAVAILABLE, "Try again later.")
API: Answers = {
    BodyIncomplete: _error(HTTPStatus.BAD_REQUEST, "The body ended too early."),
    AuthenticationFailed: _error(HTTPStatus.UNAUTHORIZED, "The caller is not known."),
    PermissionDenied: _error(HTTPStatus.FORBIDDEN, "The caller is not allowed to do this."),
    NotFound: _error(HTTPStatus.NOT_FOUND, "There is no such replay."),
    MethodNotAllowed: _error(HTTPStatus.METHOD_NOT_ALLOWED, "The method is not allowed."),
    NothingToReplay: _error(HTTPStatus.CONFLICT, "There is nothing to replay."),
    TooManyEvents: _error(HTTPStatus.CONFLICT, "There are too many events for one replay."),
    BodyTooLarge: _error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large."),
    IdentityUnavailable: _UNAVAILABLE,
    LedgerUnavailable: _UNAVAILABLE,
}
