"""What a chore's route answers: 200 says that a round is over and noted, 5xx that it failed."""

from http import HTTPStatus

from rest_framework.exceptions import AuthenticationFailed, MethodNotAllowed, PermissionDenied

from operations.chores.turns import AtWork
from visn_whatsapp.authentication import IdentityUnavailable
from visn_whatsapp.body import BodyIncomplete, BodyTooLarge
from visn_whatsapp.service_view import Answer, Answers
from webhooks.chores import Hindrance
from webhooks.ledger import LedgerUnavailable

CHORES: Answers = {
    BodyIncomplete: Answer(HTTPStatus.BAD_REQUEST),
    AuthenticationFailed: Answer(HTTPStatus.UNAUTHORIZED),
    PermissionDenied: Answer(HTTPStatus.FORBIDDEN),
    MethodNotAllowed: Answer(HTTPStatus.METHOD_NOT_ALLOWED),
    BodyTooLarge: Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    # Not 200, which would say that this call's round was done.
    AtWork: Answer(HTTPStatus.CONFLICT),
    Hindrance.QUEUE: Answer(HTTPStatus.SERVICE_UNAVAILABLE),
    Hindrance.TIME: Answer(HTTPStatus.SERVICE_UNAVAILABLE),
    IdentityUnavailable: Answer(HTTPStatus.SERVICE_UNAVAILABLE),
    LedgerUnavailable: Answer(HTTPStatus.SERVICE_UNAVAILABLE),
}
