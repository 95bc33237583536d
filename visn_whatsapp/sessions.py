"""Kept sessions of the database are kept only as long as nothing goes wrong with them."""

from collections.abc import Callable
from http import HTTPStatus
from time import monotonic

from django.db import connections
from django.http import HttpRequest, HttpResponseBase


class NewSessionAfterErrorsMiddleware:
    """Lets Django close its session at the end of a request that could not be served.

    Django keeps a session that answers, also after an error that a rollback has mended. One that
    has become read-only answers, and would refuse each write for as long as it is kept, however
    long ago the database recovered.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answers as the rest of the project does."""
        response = self._get_response(request)
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            for connection in connections.all(initialized_only=True):
                connection.close_at = monotonic()
        return response
