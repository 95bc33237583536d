"""Forwarding over a socket, to a callable that answers well, badly, late or not at all."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.deploy.certificate import certify
from tests.identity import IdentityProvider
from tests.ledger_tasks import task_for
from tests.webhooks.conftest import NOW, QueueContents
from tests.webhooks.whatsapp.payloads import load
from visn_whatsapp import in_time
from visn_whatsapp.authentication import IdentityUnavailable
from webhooks import forwarding, receiving
from webhooks.forwarding import HttpForwarder, InProcessForwarder
from webhooks.models import Delivery, Event
from webhooks.outcomes import State
from webhooks.receiving import ForwardingFailed

DELIVERY = UUID("0197e0a0-0000-7000-8000-000000000001")
PATH = "/callable/whatsapp/events"
Reply = Callable[[BaseHTTPRequestHandler], None]


REPLY_SECONDS = 1.0


def forwarder(url: str, *, budget_seconds: float = 10.0) -> HttpForwarder:
    """Returns a forwarder to this address."""
    return HttpForwarder(
        url=url,
        audience="https://callable.test",
        identity_token=lambda audience: f"token for {audience}",
        budget_seconds=budget_seconds,
    )


@contextmanager
def serving(reply: Reply, *, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Answers every POST with `reply`, over connections that are kept; yields the address.

    At its end the replies are over: who is answered may be ahead of who has answered. Those that
    never end are not waited for.
    """
    change, under_way = threading.Condition(), list[BaseHTTPRequestHandler]()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            with change:
                under_way.append(self)
            try:
                reply(self)
            finally:
                with change:
                    under_way.remove(self)
                    change.notify_all()

        def log_message(self, *_: object) -> None:
            """Keeps the tests' output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        scheme = "http" if tls is None else "https"
        yield f"{scheme}://127.0.0.1:{server.server_port}{PATH}"
        with change:
            change.wait_for(lambda: not under_way, REPLY_SECONDS)
        server.shutdown()


def answer(handler: BaseHTTPRequestHandler, status: int = 200, **headers: str) -> bytes:
    """Reads the request's body, which is returned, and answers with a small one."""
    body = handler.rfile.read(int(handler.headers["Content-Length"]))
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", "2")
    handler.end_headers()
    handler.wfile.write(b"{}")
    return body


def test_the_complete_payload_is_posted_with_the_id_and_a_token() -> None:
    requests: list[tuple[str, dict[str, str], bytes]] = []

    def reply(handler: BaseHTTPRequestHandler) -> None:
        requests.append((handler.path, dict(handler.headers), answer(handler)))

    payload = b'{"text":"ol\xc3\xa1 \\u00e1 \xff"}'
    with serving(reply) as url:
        forwarder(url).forward(delivery=DELIVERY, digest="", body=payload, now=NOW)

    ((path, headers, body),) = requests
    assert path == PATH
    assert headers["Authorization"] == "Bearer token for https://callable.test"
    assert headers["Content-Type"] == "application/json"
    assert body == b'{"data":{"delivery":"%s","payload":%s}}' % (
        str(DELIVERY).encode(),
        payload,
    )


def test_one_connection_serves_many_calls() -> None:
    peers: list[tuple[str, int]] = []

    def reply(handler: BaseHTTPRequestHandler) -> None:
        peers.append(handler.client_address)
        answer(handler)

    with serving(reply) as url:
        for _ in range(3):
            forwarder(url).forward(delivery=DELIVERY, digest="", body=b"{}", now=NOW)

    assert len(peers) == 3
    assert len(set(peers)) == 1


class HangsUpOnce:
    """Answers, but the second call: there it closes the connection."""

    def __init__(self, reply: Callable[[BaseHTTPRequestHandler], object]) -> None:
        self._reply = reply
        self.calls = 0

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        self.calls += 1
        if self.calls == 2:
            handler.close_connection = True
        else:
            self._reply(handler)


def test_a_kept_connection_that_was_closed_is_made_anew() -> None:
    reply = HangsUpOnce(answer)
    with serving(reply) as url:
        for _ in range(2):
            forwarder(url).forward(delivery=DELIVERY, digest="", body=b"{}", now=NOW)
    assert reply.calls == 3


@pytest.mark.parametrize("status", [201, 204, 302, 400, 401, 403, 404, 413, 429, 500, 503])
def test_any_answer_but_200_is_a_failure(status: int) -> None:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        answer(handler, status, Location="/elsewhere")

    with serving(reply) as url, pytest.raises(ForwardingFailed, match=rf"^answered {status}$"):
        forwarder(url).forward(delivery=DELIVERY, digest="", body=b"{}", now=NOW)


def test_nobody_there_is_a_failure() -> None:
    with pytest.raises(ForwardingFailed, match=r"^NewConnectionError$"):
        forwarder("http://127.0.0.1:1/").forward(delivery=DELIVERY, digest="", body=b"{}", now=NOW)


def test_no_answer_is_a_failure_within_the_budget() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        start = time.monotonic()

        with pytest.raises(ForwardingFailed, match=r"^ReadTimeoutError$"):
            forwarder(url, budget_seconds=0.3).forward(
                delivery=DELIVERY, digest="", body=b"{}", now=NOW
            )

        assert 0.3 <= time.monotonic() - start < 5.0


@contextmanager
def taking_nobody() -> Iterator[tuple[str, int]]:
    """An address that lets everybody wait who wants to connect."""
    with socket.socket() as full, ExitStack() as held:
        full.bind(("127.0.0.1", 0))
        full.listen(0)  # one waits to be taken, and nobody takes it
        held.enter_context(socket.create_connection(full.getsockname()))
        yield full.getsockname()


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Lets a name have several addresses."""
    real = socket.getaddrinfo

    def resolve(host: str, *args: Any, **kwargs: Any) -> list[Any]:
        hosts = addresses if host == "several.test" else (host,)
        return [found for each in hosts for found in real(each, *args, **kwargs)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(in_time, "getaddrinfo", resolve)


def test_a_name_whose_addresses_take_nobody_is_a_failure_within_the_budget(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolving(monkeypatch, *["127.0.0.1"] * 8)  # as many as Cloud Run's names have
    with taking_nobody() as (_, port):
        start = time.monotonic()

        with pytest.raises(ForwardingFailed, match=r"^ConnectTimeoutError$"):
            forwarder(f"http://several.test:{port}/", budget_seconds=0.8).forward(
                delivery=DELIVERY, digest="", body=b"{}", now=NOW
            )

        assert 0.6 <= time.monotonic() - start < 4.0  # of eight times as long


def test_an_address_that_takes_nobody_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, "127.0.0.2", "127.0.0.1")
    bodies: list[bytes] = []
    with serving(lambda handler: bodies.append(answer(handler))) as url, ExitStack() as held:
        port = int(url.split(":")[2].partition("/")[0])
        full = held.enter_context(socket.socket())
        full.bind(("127.0.0.2", port))
        full.listen(0)
        held.enter_context(socket.create_connection(("127.0.0.2", port)))
        forwarder(url.replace("127.0.0.1", "several.test")).forward(
            delivery=DELIVERY, digest="", body=b"{}", now=NOW
        )
    assert len(bodies) == 1


def test_a_name_that_nobody_knows_is_a_failure() -> None:
    with pytest.raises(ForwardingFailed, match=r"^NameResolutionError$"):
        forwarder("http://callable.invalid/").forward(
            delivery=DELIVERY, digest="", body=b"{}", now=NOW
        )


def test_a_large_payload_that_nobody_reads_is_a_failure_within_the_budget() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        start = time.monotonic()

        with pytest.raises(ForwardingFailed):
            forwarder(url, budget_seconds=0.3).forward(
                delivery=DELIVERY, digest="", body=b"x" * 30_000_000, now=NOW
            )

        assert time.monotonic() - start < 10.0


DRIPS = {
    "status line": b"HTTP/1.1 2",
    "headers": b"HTTP/1.1 200 OK\r\nX-Header: ",
    "body": b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n",
    "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n",
}


DRIPS_SECONDS = 5.0


def drip(handler: BaseHTTPRequestHandler, beginning: bytes) -> None:
    """Answers with a beginning, and a byte now and then until the caller hangs up."""
    handler.rfile.read(int(handler.headers["Content-Length"]))
    handler.wfile.write(beginning)
    with suppress(OSError):
        for _ in range(int(DRIPS_SECONDS / 0.05)):
            time.sleep(0.05)
            handler.wfile.write(b"0")
    handler.close_connection = True


@pytest.mark.parametrize("part", DRIPS)
def test_an_answer_that_drips_is_a_failure_within_the_budget(part: str) -> None:
    with serving(lambda handler: drip(handler, DRIPS[part])) as url:
        start = time.monotonic()
        with pytest.raises(ForwardingFailed, match=r"^ReadTimeoutError$"):
            forwarder(url, budget_seconds=0.4).forward(
                delivery=DELIVERY, digest="", body=b"{}", now=NOW
            )
        assert 0.4 <= time.monotonic() - start < DRIPS_SECONDS - 1


def test_over_tls_the_budget_is_held_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = certify(tmp_path, ["localhost"])
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    answered: list[bytes] = []

    def reply(handler: BaseHTTPRequestHandler) -> None:
        if not answered:
            answered.append(answer(handler))
            return
        drip(handler, DRIPS["headers"])

    with serving(reply, tls=context) as url:
        dripping = forwarder(url.replace("127.0.0.1", "localhost"), budget_seconds=1.0)
        dripping.forward(delivery=DELIVERY, digest="", body=b"{}", now=NOW)
        start = time.monotonic()
        with pytest.raises(ForwardingFailed, match=r"^ReadTimeoutError$"):
            dripping.forward(delivery=DELIVERY, digest="", body=b"{}", now=NOW)
        assert 1.0 <= time.monotonic() - start < DRIPS_SECONDS - 1


def test_a_budget_that_the_token_took_is_spent() -> None:
    def late_token(_: str) -> str:
        time.sleep(0.2)
        return "token"

    late = HttpForwarder(
        url="http://127.0.0.1:1/", audience="", identity_token=late_token, budget_seconds=0.1
    )
    with pytest.raises(ForwardingFailed, match=r"^BudgetSpent$"):
        late.forward(delivery=DELIVERY, digest="", body=b"{}", now=NOW)


def test_no_token_is_a_failure() -> None:
    def no_token(_: str) -> str:
        raise IdentityUnavailable

    without = HttpForwarder(
        url="http://127.0.0.1:1/", audience="", identity_token=no_token, budget_seconds=1.0
    )
    with pytest.raises(ForwardingFailed, match=r"^IdentityUnavailable$"):
        without.forward(delivery=DELIVERY, digest="", body=b"{}", now=NOW)


def test_the_settings_choose_the_way(settings: Settings) -> None:
    assert isinstance(forwarding.forwarder(), InProcessForwarder)

    settings.CALLABLE_URL = "https://callable.test/callable/whatsapp/events"
    settings.FORWARD_TIMEOUT_SECONDS = 2.5
    settings.TASKS_TOGETHER = True
    chosen = forwarding.forwarder()

    assert isinstance(chosen, HttpForwarder)
    assert chosen.url == "https://callable.test/callable/whatsapp/events"
    assert chosen.audience == settings.CALLABLE_AUDIENCE
    assert chosen.budget_seconds == 2.5
    assert chosen.together


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["text", "lone_surrogate", "nul", "batch_with_odd_items"])
def test_what_is_forwarded_over_http_is_enqueued_by_the_callable(
    name: str,
    live_server: LiveServer,
    settings: Settings,
    identity_provider: IdentityProvider,
    contents: QueueContents,
) -> None:
    over_http = HttpForwarder(
        url=live_server.url + PATH,
        audience=settings.CALLABLE_AUDIENCE,
        identity_token=lambda audience: identity_provider.token(
            audience=audience, email=settings.CALLABLE_CALLERS[0]
        ),
        budget_seconds=30.0,
    )

    receipt = receiving.accept(body=load(name), headers={}, now=NOW, forwarder=over_http)

    assert contents.tasks() == [task_for(receipt.delivery)]
    assert not Event.objects.filter(state=State.RECEIVED).exists()
    assert Delivery.objects.count() == 1
