"""The doctor before addresses where somebody else answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest
from pytest_django import Settings

from operations.doctor import webhook
from operations.doctor.seen import Asked, Health
from tests.answering import Quiet, serving


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
