"""A route for services, not for people: what goes wrong is answered from the route's own table."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is the same each time."""

    http: HTTPStatus
    body: bytes = b""
    content_type: str = "text/plain"


# By what a service raises, or returns where it did its work.
Answers = Mapping[type[Exception] | StrEnum, Answer]


class AnyMediaType(BaseContentNegotiation):
    """Takes whatever `Accept` asks for: our answers have one form each."""

    def select_renderer(
        self,
        request: Request,  # noqa: ARG002
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,  # noqa: ARG002
    ) -> tuple[BaseRenderer, str]:
        """Returns the only form."""
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class ServiceView(APIView):
    """Lets in authenticated callers, for POST; a subclass says whom, and how it answers."""

    content_negotiation_class = AnyMediaType
    answers: ClassVar[Answers]

    delivery: UUID | None = None  # that the request is about, for the log, once it is known

    def get_authenticators(self) -> list[BaseAuthentication]:
        """Leaves other methods to be answered by what they are."""
        return super().get_authenticators() if self.request.method == "POST" else []

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answers, and lets go of the request at once.

        Django's views and REST framework's requests hold themselves, and so the body, until the
        garbage collector comes. Callers without a secret could fill the memory in the meantime.
        """
        try:
            return super().dispatch(request, *args, **kwargs)
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
