"""The application around Django: it receives requests, and lets so many be worked on at once."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any

from django.core.exceptions import BadRequest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http.response import HttpResponseBase

from visn_whatsapp.body import Received, Receiver
from visn_whatsapp.health import PROBES
from visn_whatsapp.nudges import UnderWay
from visn_whatsapp.places import Busy, Places
from visn_whatsapp.services import Services, StartResponse
from visn_whatsapp.traces import Handling


class Request(WSGIRequest):
    """A request that may call its content whatever it likes.

    Django raises for some Content-Types before anything of ours could answer, which would be a 500
    for anybody who asks.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc] # not in the stubs
        except (LookupError, ValueError, BadRequest):  # the last one from Django 6.1 on
            self.content_type, self.content_params = "application/octet-stream", {}


class Held:
    """What a request has as long as it is worked on: its body, and a place."""

    __slots__ = ("_body", "_place", "_places")

    def __init__(self, body: Received, places: Places) -> None:
        """Takes the place. Raises Busy, and holds nothing then."""
        self._body = body
        self._places = places
        try:
            self._place = places.take()
        except BaseException:
            body.close()
            raise

    @property
    def connections(self) -> Sequence[BaseDatabaseWrapper]:
        """The place's own, to the databases."""
        return self._place.connections

    def let_go(self) -> None:
        """Makes room for others."""
        try:
            self._places.give_back(self._place)
        finally:
            self._body.close()


class Streamed:
    """An answer that is still being made while it is sent, and keeps its place so long."""

    def __init__(
        self, response: HttpResponseBase, held: Held, handling: Handling, under_way: UnderWay
    ) -> None:
        """Lets go of what is held when the server has done with it."""
        self._response = response
        self._parts = iter(response)
        self._held = held
        self._handling = handling
        self._under_way = under_way

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with self._handling:
            return next(self._parts)

    def close(self) -> None:
        """Called by the server, also if the caller went away."""
        with self._handling:
            try:
                self._response.close()
            finally:
                self._under_way.end()
                self._held.let_go()


class Handler(WSGIHandler):
    """Django's application for such requests."""

    request_class = Request


class Application:
    """Receives a request, takes a place for it, and lets Django work on it.

    Probes need no place, so they are answered however much work there is.
    """

    def __init__(self, *, threads: int, limit: int) -> None:
        """Works on so many requests at once, with bodies of up to `limit` bytes."""
        self._django = Handler()
        self._services = Services(Request)
        self._receiver = Receiver(limit=limit, large=threads)
        self._places = Places(threads)
        self.under_way = UnderWay()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answers a request."""
        self.under_way.begin(environ)
        answer: Iterable[bytes] | None = None
        try:
            with Handling(environ) as handling:
                answer = self._answer(environ, start_response, handling)
                return answer
        finally:
            if not isinstance(answer, Streamed):
                self.under_way.end()

    def _answer(
        self, environ: dict[str, Any], start_response: StartResponse, handling: Handling
    ) -> Iterable[bytes]:
        if environ["PATH_INFO"] in PROBES:
            return _whole(self._django(environ, start_response))
        try:
            body = self._receiver.receive(environ)
            held = Held(body, self._places)
        except Busy:
            return _busy(start_response)
        streamed: Streamed | None = None
        try:
            start = start_response if body.whole else _closing(start_response)
            if environ["PATH_INFO"] in self._services:
                return self._services.answer(environ, start, held.connections)
            response = self._django(environ, start)
            if not response.streaming:
                return _whole(response)
            streamed = Streamed(response, held, handling, self.under_way)
            return streamed
        finally:
            if streamed is None:
                held.let_go()


def _whole(response: HttpResponseBase) -> list[bytes]:
    """The server sends a list at once; it would ask anything else for its parts one by one."""
    with closing(response):
        return list(response)


def _closing(start_response: StartResponse) -> StartResponse:
    """Says that the connection ends with this answer.

    What is left of a body on it would be taken for the next request, so the server closes it;
    unless it says so, the caller sends that request into the void.
    """

    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        return start_response(status, [*headers, ("Connection", "close")], *rest)

    return start


def _busy(start_response: StartResponse) -> list[bytes]:
    headers = [("Content-Type", "text/plain"), ("Retry-After", "10")]
    _closing(start_response)("503 Service Unavailable", headers)
    return [b"Busy. Try again in a moment."]
