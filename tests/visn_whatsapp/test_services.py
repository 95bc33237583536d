"""The short way to a service's view answers as Django's own handler does."""

from collections.abc import Callable
from io import BytesIO
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.conf import settings
from django.db import connection, connections
from pytest_django import Settings

from sandbox import samples
from visn_whatsapp.application import Handler, Request
from visn_whatsapp.services import Services
from webhooks import views
from webhooks.authentication import sign
from webhooks.models import Delivery

WEBHOOK = "/v1/webhooks/whatsapp/webhook"
SERVICES = [
    *(WEBHOOK, "/callable/whatsapp/events", "/webhook-listeners/whatsapp"),
    *("/chores/sweeper", "/chores/catch-up"),
]
Answered = tuple[str, dict[str, str], bytes]


class Server:
    """Hands requests to both and keeps what each says."""

    def __init__(self) -> None:
        self._services = Services(Request)
        self._django = Handler()
        self.started: tuple[str, dict[str, str]] = ("", {})

    def short(self, environ: dict[str, Any]) -> Answered:
        parts = self._services.answer(environ, self._start, connections.all())
        return *self.started, b"".join(parts)

    def long(self, environ: dict[str, Any]) -> Answered:
        response = self._django(environ, self._start)
        body = b"".join(response)
        response.close()
        return *self.started, body

    def _start(self, status: str, headers: list[tuple[str, str]], *_: object) -> Any:
        assert len(dict(headers)) == len(headers)
        self.started = status, dict(headers)


@pytest.fixture
def server(settings: Settings) -> Server:
    """As a process has it that serves no people."""
    settings.MIDDLEWARE = settings.MACHINE_MIDDLEWARE
    return Server()


def environ(path: str, *, method: str = "POST", body: bytes = b"", **more: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    setup_testing_defaults(made)
    return made | {
        "PATH_INFO": path,
        "REQUEST_METHOD": method,
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/json",
        "HTTP_HOST": "testserver",
        "wsgi.input": BytesIO(body),
        **more,
    }


def signed(body: bytes) -> dict[str, Any]:
    signature = sign(body, secret=settings.WHATSAPP_APP_SECRET)
    return environ(WEBHOOK, body=body, HTTP_X_HUB_SIGNATURE_256=signature)


def text() -> bytes:
    return samples.encode(
        samples.envelope(samples.entry(samples.change(messages=[samples.text()])))
    )


def test_it_knows_the_paths_of_services_alone() -> None:
    services = Services(Request)
    assert [path for path in SERVICES if path in services] == SERVICES
    others = ["/", "/admin/", "/health/live", "/health/ready", "/v1/webhooks/whatsapp/webhook/", ""]
    others += ["/chores", "/chores/", "/chores/retention"]
    assert [path for path in others if path in services] == []


ASKED: dict[str, Callable[[], dict[str, Any]]] = {
    "nothing in it": lambda: signed(samples.encode(samples.envelope())),
    "nonsense": lambda: signed(b"nonsense"),
    "nobody": lambda: environ(WEBHOOK, body=b"{}"),
    "a wrong handshake": lambda: environ(WEBHOOK, method="GET", QUERY_STRING="hub.mode=subscribe"),
    "a handshake": lambda: environ(
        WEBHOOK,
        method="GET",
        QUERY_STRING="hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="
        + settings.WHATSAPP_VERIFY_TOKEN,
    ),
    "a method": lambda: environ(WEBHOOK, method="PUT"),
    "head": lambda: environ(WEBHOOK, method="HEAD"),
    "too large": lambda: environ(WEBHOOK, CONTENT_LENGTH=str(10**9)),
    "a type of content": lambda: environ(WEBHOOK, CONTENT_TYPE="multipart/form-data; boundary=é"),
    "a call of nobody": lambda: environ(SERVICES[1], body=b"{}"),
    "a method of a call": lambda: environ(SERVICES[1], method="GET"),
    "a task of nobody": lambda: environ(SERVICES[2], body=b"{}"),
    "a chore of nobody": lambda: environ(SERVICES[3]),
    "a method of a chore": lambda: environ(SERVICES[4], method="GET"),
    "a method of a task": lambda: environ(SERVICES[2], method="DELETE"),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("asked", ASKED)
def test_both_ways_say_the_same(
    asked: str, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """In the answer, in the log, and in the ledger."""
    told = []
    for way in (server.short, server.long):
        caplog.clear()
        there = Delivery.objects.count()
        answered = way(ASKED[asked]())
        logged = [(each.name, each.levelno, each.getMessage()) for each in caplog.records]
        told.append((answered, logged, Delivery.objects.count() - there))
    assert told[0] == told[1]
    assert told[0][0][0].split()[0].isdigit()


@pytest.mark.django_db(transaction=True)
def test_a_bug_is_a_500_of_which_the_log_tells_the_route(
    server: Server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(views, "forwarder", broken)
    told = []
    for way in (server.short, server.long):
        caplog.clear()
        status, _, _ = way(signed(text()))
        [record] = [each for each in caplog.records if each.name == "django.request"]
        route = record.request.resolver_match.route  # type: ignore[attr-defined]
        told.append((status, record.getMessage(), record.exc_info is not None, route))
    assert told[0] == told[1]
    assert told[0][0] == "500 Internal Server Error"
    assert told[0][3] == WEBHOOK.strip("/")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fails", [False, True])
def test_both_ways_keep_a_session_that_served_and_no_other(
    fails: bool, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    if fails:
        monkeypatch.setattr(views, "forwarder", broken)
    kept = []
    for way in (server.short, server.long):
        connection.close()
        connection.ensure_connection()
        connection.close_at = None  # kept until something else is said
        session = connection.connection
        status, _, _ = way(signed(text()))
        assert status.startswith("500" if fails else "200")
        kept.append(connection.connection is session)
    connection.close()
    assert kept == [not fails] * 2
