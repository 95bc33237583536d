"""The way to repair-serve-callable: over HTTP where it is deployed apart, otherwise a call."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from django.conf import settings
from urllib3.exceptions import HTTPError, ProtocolError

from visn_whatsapp.authentication import IdentityUnavailable, identity_token
from visn_whatsapp.budget import Budget, BudgetSpent
from visn_whatsapp.posting import post
from webhooks import callable_protocol, enqueuing, task_queue
from webhooks.receipts import Sent, Way, Written
from webhooks.receiving import Forwarder, ForwardingFailed, not_sent_on
from webhooks.task_queue import QueueUnavailable


@dataclass(frozen=True, kw_only=True)
class HttpForwarder:
    """Calls repair-serve-callable in another process."""

    url: str
    audience: str  # of the identity token
    identity_token: Callable[[str], str]  # makes one for an audience
    budget_seconds: float  # for all of it: the token, the connection, the answer to its end

    shared: Way | None = None

    def forward(
        self,
        *,
        delivery: UUID,
        digest: str,  # noqa: ARG002
        body: bytes,
        now: datetime | None = None,  # noqa: ARG002
    ) -> None:
        """Hands over the complete payload. Raises ForwardingFailed for any answer but 200."""
        budget = Budget(self.budget_seconds)
        call = callable_protocol.encode(delivery=delivery, payload=body)
        try:
            status = self._post(call, budget)
        except (IdentityUnavailable, BudgetSpent, HTTPError) as error:
            raise ForwardingFailed(type(error).__name__) from error
        if status != HTTPStatus.OK:
            raise ForwardingFailed(f"answered {status}")

    def _post(self, call: bytes, budget: Budget) -> int:
        token = self.identity_token(self.audience)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        try:
            return post(self.url, body=call, headers=headers, budget=budget)
        except ProtocolError:
            # A kept connection that the other side has closed; two calls do no harm.
            return post(self.url, body=call, headers=headers, budget=budget)


@dataclass(frozen=True, kw_only=True)
class InProcessForwarder:
    """Does in this process what repair-serve-callable does in its own."""

    together: bool = False  # whether those who share a transaction share a task

    @property
    def shared(self) -> Way | None:
        """One task for all who share a transaction, if they may."""
        return self if self.together else None

    def send(self, written: Sequence[Written]) -> Sequence[Sent]:
        """Makes one task for all. Where the queue takes nothing, nobody tries again alone."""
        queue = task_queue.connect()
        calls = [
            enqueuing.Call(
                delivery=each.receipt.delivery, digest=each.receipt.digest, queue=queue, now=each.at
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
    )
