"""The body of a request: its bytes exactly as they came, and never too many of them.

A body is received whole before anybody works on the request, so that a caller who sends it slowly,
or never to its end, keeps nobody else waiting.
"""

from io import BytesIO
from threading import Semaphore
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError
from rest_framework.request import Request

from visn_whatsapp.places import Busy
from visn_whatsapp.untrusted import is_digits

LARGE_BYTES = 64 * 1024
PATIENCE_SECONDS = 10.0  # for room for a large body; Meta waits about 20 for an answer

# More digits than any body has bytes; Python refuses to read very many.
_MAX_DIGITS = 18


class BodyTooLarge(Exception):
    """The body has more bytes than are taken in."""


class BodyIncomplete(Exception):
    """The caller went away, or sent less than announced."""


class Receiver:
    """Takes bodies off their connections, only so many large ones at a time.

    Up to `large` bodies of more than LARGE_BYTES are in the memory at once, which bounds it: there
    may be thirty times as many connections as there is work.
    """

    def __init__(self, *, limit: int, large: int) -> None:
        """Takes up to `limit` bytes of each body."""
        self._limit = limit
        self._room = Semaphore(large)

    def receive(self, environ: dict[str, Any]) -> "Received":
        """Replaces the request's input by what came, and a missing length by that of what came.

        Of a body that is too large nothing is taken, or one byte too many where its length was not
        announced: either way its length tells. The same goes for one that broke off, except in
        chunks, where the server does not say whether the last one came. Raises Busy.
        """
        announced = content_length(environ)
        received = Received(environ, self._room)
        if announced is not None and announced > self._limit:
            environ["wsgi.input"] = BytesIO()
            return received
        try:
            body = received.read(self._limit + 1 if announced is None else announced)
        except BaseException:
            received.close()
            raise
        environ["wsgi.input"] = BytesIO(body)
        if announced is None:
            environ["CONTENT_LENGTH"] = str(len(body))
        received.whole = len(body) <= self._limit if announced is None else len(body) == announced
        return received


class Received:
    """A body that was taken in, until its request has been answered."""

    def __init__(self, environ: dict[str, Any], room: Semaphore) -> None:
        """Reads from the server's input."""
        self.whole = False  # whether nothing of it is left on the connection
        self._input = environ["wsgi.input"]
        self._room = room
        self._is_large = False

    def read(self, most: int) -> bytes:
        """Returns so many bytes, fewer if there are no more. Raises Busy."""
        start: bytes = self._input.read(min(most, LARGE_BYTES))
        if len(start) < LARGE_BYTES or most == LARGE_BYTES:
            return start
        if not self._room.acquire(timeout=PATIENCE_SECONDS):
            raise Busy
        self._is_large = True
        rest: bytes = self._input.read(most - LARGE_BYTES)
        return start + rest

    def close(self) -> None:
        """Makes room for others."""
        if self._is_large:
            self._is_large = False
            self._room.release()


def djangos(request: Request) -> HttpRequest:
    """Django's request in one of REST framework's, which looks for attributes twice each time."""
    asked: HttpRequest = request._request  # noqa: SLF001 - documented
    return asked


def read_body(request: HttpRequest, *, limit: int) -> bytes:
    """Returns the body, of which at most `limit` bytes are accepted.

    Raises BodyTooLarge, before reading where the length was announced, and BodyIncomplete.
    """
    announced = content_length(request.META)
    if not announced:
        return b""
    if announced > limit:
        raise BodyTooLarge
    try:
        body = request.body
    except RequestDataTooBig as error:
        raise BodyTooLarge from error
    except UnreadablePostError as error:
        raise BodyIncomplete from error
    if len(body) < announced:
        raise BodyIncomplete
    return body


def content_length(environ: dict[str, Any]) -> int | None:
    """Returns the announced length in bytes; None where there is none that can be read."""
    value = str(environ.get("CONTENT_LENGTH") or "")
    if not is_digits(value):
        return None
    return int(value) if len(value) <= _MAX_DIGITS else 10**_MAX_DIGITS
