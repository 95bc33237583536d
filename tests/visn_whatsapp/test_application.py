"""The application around Django: who gets a place, for how long, and what is said otherwise."""

from collections.abc import Iterable
from io import BytesIO
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from visn_whatsapp import places
from visn_whatsapp.application import Application

STATIC_FILE = "/static/admin/css/base.css"


class Server:
    """Calls the application as a server does, and keeps what it says of an answer."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self.status = ""
        self.headers: dict[str, str] = {}

    def get(self, path: str) -> Iterable[bytes]:
        """Returns the parts of an answer."""
        environ: dict[str, Any] = {}
        setup_testing_defaults(environ)
        environ |= {"PATH_INFO": path, "HTTP_HOST": "testserver", "wsgi.input": BytesIO()}
        return self._application(environ, self._start)

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


def test_an_answer_that_was_made_has_left_its_place(server: Server) -> None:
    for _ in range(3):
        assert isinstance(server.get("/nothing"), list)
        assert server.status == "404 Not Found"
