"""A recorder in the place of Google's interfaces and Meta's: it keeps what it is asked.

It is a proxy that ends TLS with a certificate of its own, so that gcloud and curl run as they are
written in a document, and reach nobody else.
"""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.deploy.certificate import certify

DOMAINS = (
    *("*.googleapis.com", "graph.facebook.com"),
    # By what people are told.
    *("hooks.slack.com", "*.westeurope.logic.azure.com", "events.pagerduty.com"),
)
Answer = Callable[["Asked"], tuple[int, Any]]  # bytes as they are, anything else as JSON


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request as it came."""

    method: str
    host: str
    path: str
    query: dict[str, list[str]]
    token: str  # the value of the header Authorization
    body: Any  # decoded JSON; None without


@dataclass(kw_only=True)
class Recorder:
    """The proxy's address, what it was asked, and what it answers."""

    port: int
    certificate: Path
    answer: Answer
    asked: list[Asked] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        """Returns the variables that lead gcloud and curl to it."""
        return {
            "CLOUDSDK_PROXY_TYPE": "http",
            "CLOUDSDK_PROXY_ADDRESS": "127.0.0.1",
            "CLOUDSDK_PROXY_PORT": str(self.port),
            "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE": str(self.certificate),
            "https_proxy": f"http://127.0.0.1:{self.port}",
            "CURL_CA_BUNDLE": str(self.certificate),
            "REQUESTS_CA_BUNDLE": str(self.certificate),  # of apprise
        }


@contextmanager
def recording(folder: Path, answer: Answer) -> Iterator[Recorder]:
    """Runs a recorder on a free port of this machine."""
    certificate, key = certify(folder, DOMAINS)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    recorder = Recorder(port=server.server_address[1], certificate=certificate, answer=answer)
    _Handler.context, _Handler.recorder = context, recorder
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield recorder
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    context: ssl.SSLContext
    recorder: Recorder

    def do_CONNECT(self) -> None:
        """Goes on with TLS on the same connection, in the place of the host that is asked for."""
        self.send_response(200)
        self.end_headers()
        self.host = self.path.rpartition(":")[0]
        self.connection = self.context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb")
        self.close_connection = False

    def finish(self) -> None:
        """Ends TLS as well; the server itself closes the connection below it."""
        super().finish()
        self.connection.close()

    def _take(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = urlsplit(self.path)
        asked = Asked(
            method=self.command,
            host=self.host,
            path=url.path,
            query=parse_qs(url.query),
            token=self.headers.get("Authorization", ""),
            body=json.loads(body) if body else None,
        )
        self.recorder.asked.append(asked)
        status, answer = self.recorder.answer(asked)
        self._say(status, answer if isinstance(answer, bytes) else json.dumps(answer).encode())

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _take  # noqa: N815 (the server's own way)

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Prints nothing."""
