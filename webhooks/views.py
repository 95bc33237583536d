"""Meta's webhook and the callable: requests into service calls, results into answers."""

import logging
import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseForbidden
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from visn_whatsapp.authentication import CallableIdentity
from visn_whatsapp.body import read_body
from webhooks import callable_protocol, receiving
from webhooks.answers import ANSWERS, Answer
from webhooks.authentication import MetaSignature, SignedBody
from webhooks.forwarding import forwarder
from webhooks.handshake import challenge
from webhooks.refusals import refusals
from webhooks.task_queue import connect

logger = logging.getLogger(__name__)

HEADERS_KEPT = ("Content-Type", "User-Agent", "X-Hub-Signature-256")
_HEADER_MAX_CHARACTERS = 200
_NOT_PRINTABLE = re.compile(r"[^\x20-\x7e]")


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
    """A route for services, not for people. POST needs an authenticated caller."""

    content_negotiation_class = AnyMediaType

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
        answer = ANSWERS.get(type(exc))
        if answer is None:
            raise exc
        if answer.http >= HTTPStatus.INTERNAL_SERVER_ERROR:
            logger.error("A request was put off.", extra={"reason": type(exc).__name__})
        response = self.refusal(answer)
        if isinstance(exc, MethodNotAllowed):
            response["Allow"] = ", ".join(self.allowed_methods)
        if answer.http == HTTPStatus.UNAUTHORIZED:
            response["WWW-Authenticate"] = self.get_authenticate_header(self.request)
        return response

    def refusal(self, answer: Answer) -> HttpResponse:
        """Returns the answer in the form that this route speaks."""
        return HttpResponse(status=answer.http, content_type="text/plain")


class WebhookView(ServiceView):
    """Meta's webhook. An answer of 200 says that every item is in the ledger."""

    authentication_classes = [MetaSignature]
    http_method_names = ["get", "post"]

    def get(self, request: Request) -> HttpResponse:
        """Answers the handshake."""
        answer = challenge(
            request.META.get("QUERY_STRING", ""), verify_token=settings.WHATSAPP_VERIFY_TOKEN
        )
        if answer is None:
            logger.warning("A handshake was refused.")
            return HttpResponseForbidden(content_type="text/plain")
        return HttpResponse(answer, content_type="text/plain")

    def post(self, request: Request) -> HttpResponse:
        """Records a delivery and sends it on."""
        signed = cast(SignedBody, request.auth)
        receiving.accept(
            body=signed.raw,
            headers=_headers(request),
            forwarder=forwarder(),
        )
        refusals.flush_if_due()
        return HttpResponse(content_type="text/plain")


class CallableView(ServiceView):
    """The forwarded payload, in the Firebase callable protocol."""

    authentication_classes = [CallableIdentity]
    http_method_names = ["post"]

    def post(self, request: Request) -> HttpResponse:
        """Enqueues a delivery."""
        body = read_body(request, limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        call = callable_protocol.decode(body)
        done = receiving.take_over(
            delivery=call.delivery,
            payload=call.payload,
            headers=_headers(request),
            queue=connect(),
        )
        result = callable_protocol.result(delivery=done.delivery, enqueued=done.enqueued)
        return HttpResponse(result, content_type="application/json")

    def refusal(self, answer: Answer) -> HttpResponse:
        """Returns an error of the protocol."""
        error = callable_protocol.error(status=answer.status, message=answer.message)
        return HttpResponse(error, status=answer.http, content_type="application/json")


def _headers(request: HttpRequest) -> dict[str, str]:
    """Returns the headers that help to understand a delivery, so that any database takes them."""
    kept: dict[str, Any] = {name: request.headers.get(name) for name in HEADERS_KEPT}
    return {
        name: _NOT_PRINTABLE.sub("?", value[:_HEADER_MAX_CHARACTERS])
        for name, value in kept.items()
        if value
    }
