"""The way to repair-serve-callable: over HTTP where it is deployed apart, otherwise a call."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from django.conf import settings
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

from visn_whatsapp import traces
from visn_whatsapp.authentication import IdentityUnavailable, identity_token
from visn_whatsapp.budget import Budget, BudgetSpent
from visn_whatsapp.posting import CONNECTIONS, Answer, post
from visn_whatsapp.telemetry import spans
from visn_whatsapp.telemetry.spans import Links
from webhooks import callable_protocol, enqueuing, task_queue
from webhooks.callable_protocol import Payloads, Traces
from webhooks.receipts import Sent, Way, Written
from webhooks.receiving import Forwarder, ForwardingFailed, not_sent_on
from webhooks.task_queue import QueueUnavailable

logger = logging.getLogger(__name__)

# Until a call of several is tried again: with whoever does not know them, and with whoever gave no
# answer, which may have choked on it, and may just have been stopped.
SINGLY_SECONDS = 600.0
AFTER_NO_ANSWER_SECONDS = 60.0
# What these say is of the caller or of the moment: a call of one would be told the same.
_NOT_OF_THE_FORM = {
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}
_NO_ANSWER = (ReadTimeoutError, ProtocolError)

_singly_until: dict[str, float] = {}  # by address, on the monotonic clock


class GroupsNotKnown(Exception):
    """The answer does not say what became of each delivery, so that each has to go by itself."""


@dataclass(frozen=True, kw_only=True)
class HttpForwarder:
    """Calls repair-serve-callable in another process."""

    url: str
    audience: str  # of the identity token
    identity_token: Callable[[str], str]  # makes one for an audience
    budget_seconds: float  # for all of it: the token, the connection, the answer to its end
    together: bool = False  # whether those who share a transaction share a call

    def shared(self, body: bytes) -> Way | None:
        """One call for all who share a transaction, if they may and it is known there."""
        if not self.together or time.monotonic() < _singly_until.get(self.url, 0.0):
            return None
        return self if callable_protocol.may_share(body) else None

    def send(self, written: Sequence[Written]) -> Sequence[Sent]:
        """Hands over all that one call has room for; one that is alone goes by itself."""
        own = {each.receipt.delivery: each.trace for each in written if each.trace}
        payloads = callable_protocol.fitting(
            ((each.receipt.delivery, each.body) for each in written), own
        )
        if len(payloads) < 2:  # noqa: PLR2004 - company
            return [Sent.NOT_YET] * len(written)
        for delivery, error in self._hand_over(payloads, own).items():
            not_sent_on(delivery, error)
        return [
            Sent.DONE if each.receipt.delivery in payloads else Sent.NOT_YET for each in written
        ]

    def forward(
        self,
        *,
        delivery: UUID,
        digest: str,  # noqa: ARG002
        body: bytes,
        now: datetime | None = None,  # noqa: ARG002
    ) -> None:
        """Hands over the complete payload. Raises ForwardingFailed for any answer but 200."""
        self._hand_over_one(delivery, body, Budget(self.budget_seconds))

    def _hand_over(self, payloads: Payloads, own: Traces) -> Mapping[UUID, ForwardingFailed]:
        """Returns what was not taken over, within the budget, whoever answers."""
        budget = Budget(self.budget_seconds)
        try:
            return self._hand_over_group(payloads, own, budget)
        except GroupsNotKnown as answer:
            self._go_singly(SINGLY_SECONDS, answer)
            return self._hand_over_singly(payloads, own, budget)
        except ForwardingFailed as error:
            if isinstance(error.__cause__, _NO_ANSWER):
                self._go_singly(AFTER_NO_ANSWER_SECONDS, error)
            return dict.fromkeys(payloads, error)

    def _go_singly(self, seconds: float, why: Exception) -> None:
        _singly_until[self.url] = time.monotonic() + seconds
        logger.info(
            "Several deliveries in one call were not understood: for a while each has its own.",
            extra={"reason": str(why)},
        )

    def _hand_over_group(
        self, payloads: Payloads, own: Traces, budget: Budget
    ) -> Mapping[UUID, ForwardingFailed]:
        call = callable_protocol.encode_group(payloads, own)
        answer = self._answer(call, {each: own.get(each) for each in payloads}, budget)
        if answer.status in _NOT_OF_THE_FORM:
            raise ForwardingFailed(f"answered {answer.status}")
        taken = callable_protocol.taken(answer.body) if answer.status == HTTPStatus.OK else {}
        if payloads.keys() - taken.keys():
            raise GroupsNotKnown(f"answered {answer.status}")
        return {
            delivery: ForwardingFailed(f"answered {error.status}")
            for delivery in payloads
            if (error := taken[delivery].error)
        }

    def _hand_over_singly(
        self, payloads: Payloads, own: Traces, budget: Budget
    ) -> Mapping[UUID, ForwardingFailed]:
        """All at once: they share what is left of one budget."""
        trace = traces.current()

        def failed(delivery: UUID) -> ForwardingFailed | None:
            try:
                with traces.Under(own.get(delivery, trace)):
                    self._hand_over_one(delivery, payloads[delivery], budget)
            except ForwardingFailed as error:
                return error
            return None

        with ThreadPoolExecutor(min(len(payloads), CONNECTIONS)) as pool:
            failures = zip(payloads, pool.map(failed, payloads), strict=True)
        return {delivery: error for delivery, error in failures if error}

    def _hand_over_one(self, delivery: UUID, payload: bytes, budget: Budget) -> None:
        call = callable_protocol.encode(delivery=delivery, payload=payload)
        answer = self._answer(call, {delivery: None}, budget)
        if answer.status != HTTPStatus.OK:
            raise ForwardingFailed(f"answered {answer.status}")

    def _answer(self, call: bytes, deliveries: Links, budget: Budget) -> Answer:
        try:
            with spans.called(self.url, deliveries) as span:
                answer = self._post(call, budget)
                spans.answered(span, answer.status, wrong_from=HTTPStatus.BAD_REQUEST)
                return answer
        except (IdentityUnavailable, BudgetSpent, HTTPError) as error:
            raise ForwardingFailed(type(error).__name__) from error

    def _post(self, call: bytes, budget: Budget) -> Answer:
        token = self.identity_token(self.audience)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        headers |= traces.passed_on()
        try:
            return post(self.url, body=call, headers=headers, budget=budget)
        except ProtocolError:
            # A kept connection that the other side has closed; two calls do no harm.
            return post(self.url, body=call, headers=headers, budget=budget)


@dataclass(frozen=True, kw_only=True)
class InProcessForwarder:
    """Does in this process what repair-serve-callable does in its own."""

    together: bool = False  # whether those who share a transaction share a task

    def shared(self, body: bytes) -> Way | None:  # noqa: ARG002
        """One task for all who share a transaction, if they may."""
        return self if self.together else None

    def send(self, written: Sequence[Written]) -> Sequence[Sent]:
        """Makes one task for all. Where the queue takes nothing, nobody tries again alone."""
        queue = task_queue.connect()
        calls = [
            enqueuing.Call(
                delivery=each.receipt.delivery,
                digest=each.receipt.digest,
                queue=queue,
                now=each.at,
                trace=each.trace,
            )
            for each in written
        ]
        try:
            noted = enqueuing.make(calls)
        except QueueUnavailable as error:
            for call in calls:
                not_sent_on(call.delivery, ForwardingFailed(str(error)))
            return [Sent.DONE] * len(calls)
        return [Sent.DONE if each else Sent.UNNOTED for each in noted]

    def forward(
        self,
        *,
        delivery: UUID,
        digest: str,
        body: bytes,  # noqa: ARG002
        now: datetime | None = None,
    ) -> None:
        """Enqueues the delivery, which this process has just recorded. Raises ForwardingFailed."""
        try:
            enqueuing.enqueue(delivery=delivery, digest=digest, queue=task_queue.connect(), now=now)
        except QueueUnavailable as error:
            raise ForwardingFailed(str(error)) from error


def forwarder() -> Forwarder:
    """Returns the way that the settings name: CALLABLE_URL, or a call if that is empty."""
    if not settings.CALLABLE_URL:
        return InProcessForwarder(together=settings.TASKS_TOGETHER)
    return HttpForwarder(
        url=settings.CALLABLE_URL,
        audience=settings.CALLABLE_AUDIENCE,
        identity_token=identity_token,
        budget_seconds=settings.FORWARD_TIMEOUT_SECONDS,
        together=settings.TASKS_TOGETHER,
    )
