"""Meta's side of a webhook: signs payloads and posts them over HTTP."""

import time
from dataclasses import dataclass
from http import HTTPStatus

import urllib3

from webhooks.authentication import SIGNATURE_HEADER, sign

TIMEOUT_SECONDS = 20.0  # about as long as Meta waits for an answer
CONNECTIONS = 64  # kept open at most
NO_ANSWER = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came back for one delivery."""

    status: int  # of HTTP, or NO_ANSWER
    seconds: float

    @property
    def accepted(self) -> bool:
        """Whether Meta would take this delivery for done; otherwise it sends it again."""
        return self.status == HTTPStatus.OK


class Meta:
    """Posts to one webhook, over connections that are kept open. Safe for threads."""

    def __init__(self, *, url: str, secret: str) -> None:
        self._url = url
        self._secret = secret
        self._pool = urllib3.PoolManager(maxsize=CONNECTIONS, block=False)

    def post(self, body: bytes, *, signature: str = "") -> Answer:
        """Posts one delivery, with another signature than the right one if that is given."""
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "facebookexternalua",
            SIGNATURE_HEADER: signature or sign(body, secret=self._secret),
        }
        begun = time.perf_counter()
        try:
            response = self._pool.request(
                "POST",
                self._url,
                body=body,
                headers=headers,
                timeout=TIMEOUT_SECONDS,
                retries=False,
                redirect=False,
            )
            status = response.status
        except urllib3.exceptions.HTTPError:
            status = NO_ANSWER
        return Answer(status=status, seconds=time.perf_counter() - begun)

    def close(self) -> None:
        """Closes the connections."""
        self._pool.clear()
