"""Real receivers on this machine: a web server and a mail server that keep what they are sent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socket import create_server
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.answering import Quiet, serving


@dataclass
class Received:
    """What came, and what the next is answered."""

    port: int = 0
    status: int = 200
    at_most: int | None = None  # so many bodies are taken, and the others answered with a 500
    hangs: threading.Event | None = None  # until it is set nothing is answered
    came: threading.Event = field(default_factory=threading.Event)  # whether anything has
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)


@contextmanager
def web_server() -> Iterator[Received]:
    """Takes every POST."""
    received = Received()

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.came.set()
            if received.hangs:
                received.hangs.wait(20)
            is_full = len(received.bodies) == received.at_most
            status = 500 if is_full else received.status
            if status < 300:
                received.bodies.append(body)
                received.headers.append(dict(self.headers.items()))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    with serving(Handler) as received.port:
        yield received


@contextmanager
def mail_server(certificate: tuple[Path, Path] | None = None) -> Iterator[Received]:
    """Takes every mail, without TLS; with a certificate and its key only by it, from a user."""
    received = Received()
    closed: dict[str, Any] = {}
    if certificate:
        context = SSLContext(PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        closed = {
            "tls_context": context,
            "require_starttls": True,
            "auth_required": True,
            "authenticator": lambda *given: AuthResult(success=_is_user(given[-1])),
        }

    class Handler:
        async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802
            content = envelope.content
            assert isinstance(content, bytes)
            mail = message_from_bytes(content, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            received.mails.append(mail)
            return "250 OK"

    with create_server(("127.0.0.1", 0)) as free:
        received.port = free.getsockname()[1]
    controller = Controller(
        Handler(), hostname="127.0.0.1", port=received.port, ready_timeout=20, **closed
    )
    controller.start()
    try:
        yield received
    finally:
        controller.stop()


def _is_user(given: object) -> bool:
    return given == LoginPassword(b"log", b"s3cret")
