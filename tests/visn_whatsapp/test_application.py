"""The application around Django: who gets a place, for how long, and what is said otherwise."""

import logging
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path
from pytest_django import Settings

from tests.visn_whatsapp.written import collecting, lines
from visn_whatsapp import places
from visn_whatsapp.application import Application

STATIC_FILE = "/static/admin/css/base.css"
TRACES = ("a" * 32, "b" * 32)
logger = logging.getLogger("webhooks.views")  # one of ours, whose words are told


def whole(_: HttpRequest) -> HttpResponse:
    """Logs, and answers."""
    logger.warning("whole")
    return HttpResponse("whole")


def fails(_: HttpRequest) -> HttpResponse:
    """Raises what Django logs."""
    raise ZeroDivisionError


class Parts:
    """Logs before each part of an answer, and at its end."""

    def __iter__(self) -> Iterator[bytes]:
        for part in (b"first", b"second"):
            logger.warning("part")
            yield part

    def close(self) -> None:
        logger.warning("closed")


def streams(_: HttpRequest) -> StreamingHttpResponse:
    """Answers in parts."""
    return StreamingHttpResponse(Parts())


urlpatterns = [
    path("health/live", whole),
    path("whole", whole),
    path("fails", fails),
    path("streams", streams),
]


class Server:
    """Calls the application as a server does, and keeps what it says of an answer."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.status = ""
        self.headers: dict[str, str] = {}

    def get(self, path: str, **more: object) -> Iterable[bytes]:
        """Returns the parts of an answer."""
        environ: dict[str, Any] = {}
        setup_testing_defaults(environ)
        environ |= {"PATH_INFO": path, "HTTP_HOST": "testserver", "wsgi.input": BytesIO(), **more}
        return self.application(environ, self._start)

    def _start(self, status: str, headers: list[tuple[str, str]]) -> None:
        self.status, self.headers = status, dict(headers)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    """A server that works on one request at a time."""
    monkeypatch.setattr(places, "PATIENCE_SECONDS", 0.01)
    return Server(Application(threads=1, limit=1000))


def test_an_answer_that_is_still_being_sent_keeps_its_place(server: Server) -> None:
    sent = server.get(STATIC_FILE)
    assert server.status == "200 OK"
    assert next(iter(sent)) != b""

    assert server.get("/nothing") == [b"Busy. Try again in a moment."]
    assert server.status == "503 Service Unavailable"
    assert server.headers["Retry-After"] == "10"
    server.get("/health/live")
    assert server.status == "200 OK"

    sent.close()  # type: ignore[attr-defined] # as the server does, also if the caller is gone
    server.get("/nothing")
    assert server.status == "404 Not Found"


def test_an_answer_is_under_way_until_it_is_sent(server: Server) -> None:
    sent = server.get(STATIC_FILE)
    assert server.application.under_way.longest() > 0
    sent.close()  # type: ignore[attr-defined]
    assert server.application.under_way.longest() == 0
    server.get("/nothing")
    assert server.application.under_way.longest() == 0


def test_an_answer_that_was_made_has_left_its_place(server: Server) -> None:
    for _ in range(3):
        assert isinstance(server.get("/nothing"), list)
        assert server.status == "404 Not Found"


def traced(number: int) -> dict[str, str]:
    """A header that names one of the traces."""
    return {"HTTP_TRACEPARENT": f"00-{TRACES[number]}-00f067aa0ba902b7-01"}


def told(line: dict[str, Any]) -> tuple[str, str]:
    """What a line says, and of which trace."""
    return line["message"], line.get("logging.googleapis.com/trace", "").rpartition("/")[2]


@pytest.fixture
def tracing(settings: Settings) -> Server:
    """A server of these views."""
    settings.ROOT_URLCONF, settings.MIDDLEWARE = __name__, []
    return Server(Application(threads=1, limit=1000))


@pytest.mark.parametrize("address", ["/whole", "/health/live"])
def test_what_a_view_logs_is_of_its_request(tracing: Server, address: str) -> None:
    with collecting() as written:
        tracing.get(address, **traced(0))
        logger.warning("between")
        tracing.get(address)
        tracing.get(address, **traced(1))
    words = ("whole", TRACES[0]), ("between", ""), ("whole", ""), ("whole", TRACES[1])
    assert [told(line) for line in lines(written)] == list(words)


def test_so_is_what_is_logged_of_an_error_and_nothing_after_it(tracing: Server) -> None:
    with collecting() as written:
        tracing.get("/fails", **traced(0))
        logger.warning("after")
    assert tracing.status == "500 Internal Server Error"
    failed, after = lines(written)
    assert (failed["logger"], told(failed)[1]) == ("django.request", TRACES[0])
    assert told(after) == ("after", "")


class Gone(BytesIO):
    """The body of a caller who went away."""

    def read(self, _: int | None = None) -> bytes:
        """Never ends."""
        raise ConnectionError


def test_nor_after_what_nobody_catches(tracing: Server) -> None:
    with collecting() as written:
        with pytest.raises(ConnectionError):
            tracing.get("/whole", **{"wsgi.input": Gone()}, **traced(0))
        logger.warning("after")
    assert [told(line) for line in lines(written)] == [("after", "")]


def test_an_answer_in_parts_logs_of_its_request_whatever_comes_between(tracing: Server) -> None:
    with collecting() as written:
        sent = tracing.get("/streams", **traced(0))
        parts = iter(sent)
        assert next(parts) == b"first"
        logger.warning("between")
        tracing.get("/health/live", **traced(1))
        assert list(parts) == [b"second"]
        sent.close()  # type: ignore[attr-defined]
        logger.warning("after")
    assert [told(line) for line in lines(written)] == [
        ("part", TRACES[0]),
        ("between", ""),
        ("whole", TRACES[1]),
        ("part", TRACES[0]),
        ("closed", TRACES[0]),
        ("after", ""),
    ]
