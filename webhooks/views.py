"""Meta's webhook and the callable: requests into service calls, results into answers."""

import logging
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request

from visn_whatsapp.authentication import CallableIdentity
from visn_whatsapp.body import djangos, read_body
from visn_whatsapp.service_view import ServiceView
from visn_whatsapp.untrusted import printable
from webhooks import callable_protocol, ledger, receiving
from webhooks.answers import CALLABLE, WEBHOOK, taken
from webhooks.authentication import MetaSignature, SignedBody
from webhooks.callable_protocol import Call, GroupCall
from webhooks.forwarding import forwarder
from webhooks.handshake import HandshakeRefused, challenge
from webhooks.refusals import refusals
from webhooks.task_queue import connect

logger = logging.getLogger(__name__)

# By what the server calls them. Not the signature: the bytes and the secret give it at any time.
HEADERS_KEPT = {"CONTENT_TYPE": "Content-Type", "HTTP_USER_AGENT": "User-Agent"}
_HEADER_MAX_CHARACTERS = 200


class WebhookView(ServiceView):
    """Meta's webhook. An answer of 200 says that every item is in the ledger."""

    authentication_classes = [MetaSignature]
    http_method_names = ["get", "post"]
    answers = WEBHOOK

    def get(self, request: Request) -> HttpResponse:
        """Answers the handshake."""
        answer = challenge(
            request.META.get("QUERY_STRING", ""), verify_token=settings.WHATSAPP_VERIFY_TOKEN
        )
        if answer is None:
            logger.warning("A handshake was refused.")
            raise HandshakeRefused
        return HttpResponse(answer, content_type="text/plain")

    def post(self, request: Request) -> HttpResponse:
        """Records a delivery and sends it on. No bytes at all are a probe, and leave nothing."""
        signed = cast(SignedBody, request.auth)
        if not signed.raw:
            ledger.look()
            return HttpResponse(content_type="text/plain")
        receiving.accept(
            body=signed.raw,
            headers=_headers(djangos(request)),
            forwarder=forwarder(),
        )
        refusals.flush_if_due()
        return HttpResponse(content_type="text/plain")


class CallableView(ServiceView):
    """The forwarded payload, in the Firebase callable protocol."""

    authentication_classes = [CallableIdentity]
    http_method_names = ["post"]
    answers = CALLABLE

    def post(self, request: Request) -> HttpResponse:
        """Enqueues a delivery, or several."""
        asked = djangos(request)
        body = read_body(asked, limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        call, headers = callable_protocol.decode(body), _headers(asked)
        if isinstance(call, GroupCall):
            result = self._take_over_all(call, headers)
        else:
            result = self._take_over(call, headers)
        return HttpResponse(result, content_type="application/json")

    def _take_over(self, call: Call, headers: dict[str, str]) -> bytes:
        self.delivery = call.delivery
        done = receiving.take_over(
            delivery=call.delivery, payload=call.payload, headers=headers, queue=connect()
        )
        return callable_protocol.result(delivery=done.delivery, enqueued=done.enqueued)

    def _take_over_all(self, call: GroupCall, headers: dict[str, str]) -> bytes:
        done = receiving.take_over_all(
            call.payloads, traces=call.traces, headers=headers, queue=connect()
        )
        return callable_protocol.group_result(
            taken(delivery, came_to) for delivery, came_to in done.items()
        )


def _headers(request: HttpRequest) -> dict[str, str]:
    """Returns the headers that help to understand a delivery, so that any database takes them."""
    kept = ((name, request.META.get(key)) for key, name in HEADERS_KEPT.items())
    return {name: printable(value, most=_HEADER_MAX_CHARACTERS) for name, value in kept if value}
