"""A route for services, not for people: what goes wrong is answered from the route's own table."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.views import APIView

from visn_whatsapp.telemetry import spans

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is the same each time."""

    http: HTTPStatus
    body: bytes = b""
    content_type: str = "text/plain"


# By what a service raises, or returns where it did its work.
Answers = Mapping[type[Exception] | StrEnum, Answer]


class ServiceView(APIView):
    """Lets in authenticated callers, for POST; a subclass says whom, and how it answers."""

    # Sent with every answer by REST framework, which looks for all methods each time.
    default_response_headers: ClassVar[dict[str, str]] = {}
    answers: ClassVar[Answers]

    _span: spans.Served | spans.NoSpan = spans.NO_SPAN
    delivery: UUID | None = None  # that the request is about, for the log, once it is known

    def get_authenticators(self) -> list[BaseAuthentication]:
        """Leaves other methods to be answered by what they are."""
        return super().get_authenticators() if self.request.method == "POST" else []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Lets the caller in, or not.

        Nothing is negotiated, whatever `Accept` asks for: our answers have one form each.
        """
        self.perform_authentication(request)
        if request.successful_authenticator is not None:
            self._span.begin()
        self.check_permissions(request)
        self.check_throttles(request)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answers, and lets go of the request at once.

        Django's views and REST framework's requests hold themselves, and so the body, until the
        garbage collector comes. Callers without a secret could fill the memory in the meantime.
        """
        with spans.served(request.META) as self._span:
            try:
                response = super().dispatch(request, *args, **kwargs)
                spans.answered(
                    self._span, response.status_code, wrong_from=HTTPStatus.INTERNAL_SERVER_ERROR
                )
                return response
            finally:
                self.request.parser_context.clear()
                vars(self).clear()

    def handle_exception(self, exc: Exception) -> HttpResponse:  # type: ignore[override]
        """Answers from the table; what is not in it is a bug and goes on."""
        if type(exc) not in self.answers:
            raise exc
        response = self.answer(type(exc))
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            logger.error(
                "A request was put off.",
                extra={"reason": type(exc).__name__, "delivery": self.delivery},
                exc_info=exc,
            )
        if isinstance(exc, MethodNotAllowed):
            response["Allow"] = ", ".join(self.allowed_methods)
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            response["WWW-Authenticate"] = self.get_authenticate_header(self.request)
        return response

    def answer(self, came_to: type[Exception] | StrEnum) -> HttpResponse:
        """Returns what the table says."""
        answer = self.answers[came_to]
        return HttpResponse(answer.body, status=answer.http, content_type=answer.content_type)
