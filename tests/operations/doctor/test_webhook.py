"""The doctor before addresses where somebody else answers."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from operations.doctor import webhook
from operations.doctor.seen import Asked, Health
from tests.answering import Quiet, serving
from tests.deploy.certificate import certify


@contextmanager
def answering(status: int, body: bytes, **headers: str) -> Iterator[str]:
    """Serves one answer to whatever is asked; yields the address."""

    class Handler(Quiet, BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer  # noqa: N815 - the library's names

    with serving(Handler) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("status", "body", "headers", "words"),
    [
        (403, b"<html>Forbidden</html>", {}, "answers 403 to a"),  # Cloud Run's, or a firewall's
        (200, b"<html>Welcome</html>", {}, "answers 200 to a"),
        (301, b"", {"Location": "https://another.example/"}, "answers 301 to a"),
        (404, b"", {}, "answers 404 to a"),
        (503, b"", {}, "answers 503 to a"),
    ],
)
def test_what_is_not_our_webhook_is_told(
    settings: Settings, status: int, body: bytes, headers: dict[str, str], words: str
) -> None:
    settings.SERVICES = ("repair-serve-api",)
    with answering(status, body, **headers) as address:
        seen = [*webhook.look(Asked(webhook_url=f"{address}/v1/webhooks/whatsapp/webhook"))]
    assert [each.health for each in seen] == [Health.WRONG] * 2
    assert [words in each.words for each in seen] == [True] * 2
    assert "run.googleapis.com/invoker-iam-disabled" in seen[0].remedy


class OurWebhook(Quiet, BaseHTTPRequestHandler):
    """Answers as a webhook of ours does whose secrets are the doctor's."""

    def do_GET(self) -> None:
        [told] = parse_qs(urlsplit(self.path).query)["hub.challenge"]
        self.answer(told.encode())

    def do_POST(self) -> None:
        self.answer(b"")

    def answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def mutual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path]]:
    """A webhook that asks callers for a certificate; its address, and one that it takes."""
    certificate, key = certify(tmp_path, ["localhost"])
    shown = tmp_path / "shown.pem"
    shown.write_bytes(certificate.read_bytes() + key.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.load_verify_locations(certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with ThreadingHTTPServer(("127.0.0.1", 0), OurWebhook) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        server.daemon_threads = True
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"https://localhost:{server.server_port}/v1/webhooks/whatsapp/webhook", shown
        server.shutdown()


def test_who_asks_for_a_certificate_is_shown_one(
    settings: Settings, mutual: tuple[str, Path]
) -> None:
    settings.SERVICES = ("repair-serve-api",)
    url, shown = mutual
    asked = Asked(webhook_url=url, client_certificate=str(shown))
    assert [each.health for each in webhook.look(asked)] == [Health.WELL] * 2
    [seen] = webhook.look(Asked(webhook_url=url))
    assert seen.health == Health.CANNOT_TELL
    assert "--client-certificate" in seen.remedy


def test_a_certificate_that_is_not_there_is_told_at_once() -> None:
    with pytest.raises(CommandError, match="there is no such file"):
        call_command("doctor", "--client-certificate=/nowhere.pem")
