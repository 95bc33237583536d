"""The body of a request: its bytes exactly as they came, and never too many of them."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError

# More digits than any body has bytes; Python refuses to read very many.
_MAX_DIGITS = 18


class BodyTooLarge(Exception):
    """The body has more bytes than are taken in."""


class BodyIncomplete(Exception):
    """The caller went away, or sent less than announced."""


def read_body(request: HttpRequest, *, limit: int) -> bytes:
    """Returns the body, of which at most `limit` bytes are accepted.

    A body without a usable `Content-Length` (a chunked one) is read as far as the server says that
    it ends by itself. Raises BodyTooLarge, before reading where the length was announced, and
    BodyIncomplete.
    """
    announced = _content_length(request)
    if announced is not None and announced > limit:
        raise BodyTooLarge
    try:
        body = request.body if announced is not None else _read_unannounced(request, limit)
    except RequestDataTooBig as error:
        raise BodyTooLarge from error
    except UnreadablePostError as error:
        raise BodyIncomplete from error
    if len(body) > limit:
        raise BodyTooLarge
    if announced is not None and len(body) < announced:
        raise BodyIncomplete
    return body


def _content_length(request: HttpRequest) -> int | None:
    value = str(request.META.get("CONTENT_LENGTH") or "")
    if not (value.isascii() and value.isdigit()):
        return None
    return int(value) if len(value) <= _MAX_DIGITS else 10**_MAX_DIGITS


def _read_unannounced(request: HttpRequest, limit: int) -> bytes:
    if not request.META.get("wsgi.input_terminated"):
        return b""
    try:
        body: bytes = request.META["wsgi.input"].read(limit + 1)
    except OSError as error:
        raise BodyIncomplete from error
    return body
