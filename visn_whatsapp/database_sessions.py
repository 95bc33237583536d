"""Kept sessions of the database are kept only as long as nothing goes wrong with them."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from time import monotonic

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponseBase


class NewSessionAfterErrorsMiddleware:
    """Lets Django close its session at the end of a request that could not be served.

    Django keeps a session that answers, also after an error that a rollback has mended. One that
    has become read-only answers, and would refuse each write for as long as it is kept, however
    long ago the database recovered. So one that was made read-only is not kept either, though what
    was read on it was served.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answers as the rest of the project does."""
        response = self._get_response(request)
        used = connections.all(initialized_only=True)
        keep_what_serves(used, status=response.status_code)
        return response


def keep_what_serves(used: Sequence[BaseDatabaseWrapper], *, status: int) -> None:
    """Marks what is to be closed after a request with this answer."""
    for connection in used:
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or _refuses_writes(connection):
            connection.close_at = monotonic()


def _refuses_writes(connection: BaseDatabaseWrapper) -> bool:
    """Tells what PostgreSQL has said of a session by itself, from 14 on; nothing is asked.

    A standby's sessions say "off" here: they take writes as soon as it is promoted.
    """
    session = connection.connection
    if connection.vendor != "postgresql" or session is None or session.closed:
        return False
    return bool(session.info.parameter_status("default_transaction_read_only") == "on")
