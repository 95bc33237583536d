"""Tokens for calling another service, from a server that speaks the metadata protocol.

The Google library reads the server's address as it is imported, so each caller is a process.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.identity import IdentityProvider

CALLER = """
import sys, time
from visn_whatsapp.authentication import IdentityUnavailable, identity_token
started = time.monotonic()
for audience in sys.argv[1:]:
    try:
        print(identity_token(audience))
    except IdentityUnavailable:
        print("unavailable", time.monotonic() - started < 2)
"""
ACCOUNT = "repair-serve-api@test.invalid"
ACCOUNT_PATH = "/computeMetadata/v1/instance/service-accounts/default/"
IDENTITY_PATH = f"{ACCOUNT_PATH}identity"


class MetadataServer(ThreadingHTTPServer):
    """Gives out tokens of one account, and remembers for which audiences."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), MetadataHandler)
        self.provider = IdentityProvider()
        self.statuses: dict[str, int] = {}  # path → status, where it is not 200
        self.audiences: list[str] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class MetadataHandler(BaseHTTPRequestHandler):
    """Answers as Google's server does: with its flavour, to those who ask for it."""

    server: MetadataServer

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == ACCOUNT_PATH:
            self._answer("application/json", json.dumps({"email": ACCOUNT}))
        elif url.path == IDENTITY_PATH:
            [audience] = parse_qs(url.query)["audience"]
            self.server.audiences.append(audience)
            token = self.server.provider.token(audience=audience, email=ACCOUNT)
            self._answer("text/html", token)
        else:
            self._answer("application/text", "computeMetadata/")

    def _answer(self, content_type: str, body: str) -> None:
        self.send_response(self.server.statuses.get(urlsplit(self.path).path, 200))
        self.send_header("Metadata-Flavor", "Google")
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Keeps the tests' output clean."""


@pytest.fixture
def metadata_server() -> Iterator[MetadataServer]:
    """Runs while the test does."""
    with MetadataServer() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def tokens(address: str, *audiences: str) -> list[str]:
    """Asks for a token for each audience in one process and returns what came, line by line."""
    environment = {"GCE_METADATA_HOST": address, "GCE_METADATA_IP": address}
    run = subprocess.run(
        [sys.executable, "-c", CALLER, *audiences],
        env=os.environ | environment | {"DJANGO_SETTINGS_MODULE": "visn_whatsapp.settings.test"},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.splitlines()


def test_a_token_is_fetched_once_per_audience(metadata_server: MetadataServer) -> None:
    first, second, other = tokens(metadata_server.address, "https://a", "https://a", "https://b")
    assert first == second != other
    assert metadata_server.audiences == ["https://a", "https://b"]


@pytest.mark.parametrize("path", ["/", ACCOUNT_PATH, IDENTITY_PATH])
@pytest.mark.parametrize("status", [404, 503])
def test_a_server_that_refuses_is_given_up_at_once(
    metadata_server: MetadataServer, path: str, status: int
) -> None:
    metadata_server.statuses[path] = status
    assert tokens(metadata_server.address, "https://a") == ["unavailable True"]


def test_a_server_that_is_not_there_is_given_up_at_once() -> None:
    assert tokens("127.0.0.1:9", "https://a", "https://a") == ["unavailable True"] * 2
