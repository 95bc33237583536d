"""The identity endpoint: certificates, Google's metadata server, and the control of faults.

GET  /certs                                       key id → PEM certificate
GET  /                                            the metadata server's sign of life
GET  /computeMetadata/v1/instance/service-accounts/default/?recursive=true
GET  /computeMetadata/v1/instance/service-accounts/default/identity?audience=…&format=full
GET  /computeMetadata/v1/instance/service-accounts/default/token
GET  /computeMetadata/v1/project/project-id
GET  /computeMetadata/v1/universe/universe-domain
POST /faults   {"service": "firestore", "method": "Commit", "fault": "unavailable", "times": 2}
GET  /faults   DELETE /faults                     what is armed and how often it struck; disarm
GET  /counters DELETE /counters                   calls per service and method; back to zero
"""

import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPMethod, HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from sandbox.emulators.counters import Counters
from sandbox.emulators.faults import Fault, FaultKind, Faults
from sandbox.emulators.tokens import TokenIssuer

SERVICE = "identity"
ACCOUNT_PATH = "/computeMetadata/v1/instance/service-accounts/default"
FLAVOR = {"Metadata-Flavor": "Google"}
CERTIFICATES_MAX_AGE_SECONDS = 3600
ACCESS_TOKEN_SECONDS = 3599


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What the routes look at."""

    query: Mapping[str, list[str]]
    headers: Mapping[str, str]  # names in lower case
    body: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a route answers."""

    body: bytes = b""
    status: HTTPStatus = HTTPStatus.OK
    content_type: str = "text/plain"
    headers: Mapping[str, str] = field(default_factory=dict)


def as_json(content: object, **headers: str) -> Answer:
    """Returns an answer in JSON; underscores in the names of headers stand for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = msgspec.json.encode(content)
    return Answer(body=body, content_type="application/json", headers=named)


class _Listener(ThreadingHTTPServer):
    request_queue_size = 128  # callers who connect at the same moment; the library's is 5

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing of callers who did not wait for their answer."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class IdentityServer:
    """One HTTP server on 127.0.0.1 for all of this."""

    def __init__(
        self,
        *,
        issuer: TokenIssuer,
        service_account: str,
        project: str,
        port: int,
        faults: Faults,
        counters: Counters,
    ) -> None:
        """Starts to serve; port 0 takes a free one. Raises OSError if the port is taken."""
        self._issuer = issuer
        self._service_account = service_account
        self._project = project
        self._faults = faults
        self._counters = counters
        self._server = _Listener(("127.0.0.1", port), _handler(self.answer))
        self.host = f"127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name=SERVICE, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Closes the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, method: str, path: str, request: Request) -> Answer | None:
        """Answers one request; None: the connection ends without an answer.

        Faults strike the routes for callers, never the controls.
        """
        control = self._controls().get((method, path))
        if control is not None:
            return control(request)
        # The library calls the account by its e-mail once it knows that.
        path = path.replace(f"/{self._service_account}/", "/default/")
        route = self._routes().get(path) if method == HTTPMethod.GET else None
        if route is None:
            return Answer(body=b"Not found.", status=HTTPStatus.NOT_FOUND)
        name = path.rstrip("/").rsplit("/", 1)[-1] or "ping"
        self._counters.count(service=SERVICE, method=name)
        fault = self._faults.take(service=SERVICE, method=name)
        if fault is not None:
            self._faults.wait(fault)
            if fault.refuses_before or fault.refuses_after:
                return _gone_wrong(fault)
        return route(request)

    def _routes(self) -> Mapping[str, Callable[[Request], Answer]]:
        return {
            "/": lambda _: Answer(headers=FLAVOR),
            "/certs": self._certificates,
            f"{ACCOUNT_PATH}/": self._account,
            f"{ACCOUNT_PATH}/identity": self._identity,
            f"{ACCOUNT_PATH}/token": self._access_token,
            "/computeMetadata/v1/project/project-id": self._project_id,
            "/computeMetadata/v1/universe/universe-domain": self._universe,
        }

    def _controls(self) -> Mapping[tuple[str, str], Callable[[Request], Answer]]:
        return {
            ("POST", "/faults"): self._add_fault,
            ("GET", "/faults"): lambda _: self._fired(),
            ("DELETE", "/faults"): lambda _: _done(self._faults.clear),
            ("GET", "/counters"): lambda _: as_json(self._counters.read()),
            ("DELETE", "/counters"): lambda _: _done(self._counters.clear),
        }

    def _certificates(self, _: Request) -> Answer:
        lifetime = f"public, max-age={CERTIFICATES_MAX_AGE_SECONDS}, must-revalidate"
        return as_json(self._issuer.certificates, Cache_Control=lifetime)

    def _account(self, request: Request) -> Answer:
        if not _asks_for_metadata(request):
            return Answer(status=HTTPStatus.FORBIDDEN)
        account = {"aliases": ["default"], "email": self._service_account, "scopes": []}
        return as_json(account, Metadata_Flavor="Google")

    def _identity(self, request: Request) -> Answer:
        if not _asks_for_metadata(request):
            return Answer(status=HTTPStatus.FORBIDDEN)
        audience = request.query.get("audience", [""])[0]
        if not audience:
            message = b"non-empty audience parameter required"
            return Answer(body=message, status=HTTPStatus.BAD_REQUEST)
        token = self._issuer.token(audience=audience, email=self._service_account)
        return Answer(body=token.encode(), headers=FLAVOR)

    def _access_token(self, request: Request) -> Answer:
        """Nothing of ours looks at it: the stand-ins let everybody in."""
        if not _asks_for_metadata(request):
            return Answer(status=HTTPStatus.FORBIDDEN)
        token = {
            "access_token": f"access-token-of-{self._service_account}",
            "expires_in": ACCESS_TOKEN_SECONDS,
            "token_type": "Bearer",
        }
        return as_json(token, Metadata_Flavor="Google")

    def _project_id(self, request: Request) -> Answer:
        if not _asks_for_metadata(request):
            return Answer(status=HTTPStatus.FORBIDDEN)
        return Answer(body=self._project.encode(), headers=FLAVOR)

    def _universe(self, request: Request) -> Answer:
        if not _asks_for_metadata(request):
            return Answer(status=HTTPStatus.FORBIDDEN)
        return Answer(body=b"googleapis.com", headers=FLAVOR)

    def _add_fault(self, request: Request) -> Answer:
        try:
            fault = msgspec.json.decode(request.body, type=Fault)
        except msgspec.MsgspecError as error:
            return Answer(body=str(error).encode(), status=HTTPStatus.BAD_REQUEST)
        self._faults.add(fault)
        return Answer(status=HTTPStatus.NO_CONTENT)

    def _fired(self) -> Answer:
        armed = [
            {**msgspec.to_builtins(fault), "fired": fired} for fault, fired in self._faults.fired()
        ]
        return as_json(armed)


def _asks_for_metadata(request: Request) -> bool:
    """Tells whether the header is there that keeps web pages from asking, as Google requires."""
    return request.headers.get("metadata-flavor") == FLAVOR["Metadata-Flavor"]


def _gone_wrong(fault: Fault) -> Answer | None:
    if fault.kind is FaultKind.SILENT:
        return None
    if fault.kind is FaultKind.UNREADABLE:
        return Answer(body=b"<html>", content_type="application/json", headers=FLAVOR)
    return Answer(status=HTTPStatus(fault.status), headers=FLAVOR)


def _done(action: Callable[[], None]) -> Answer:
    action()
    return Answer(status=HTTPStatus.NO_CONTENT)


def _handler(answer: Callable[[str, str, Request], Answer | None]) -> type[BaseHTTPRequestHandler]:
    """Returns the class that speaks HTTP for these routes."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # keeps connections open
        wbufsize = -1  # one packet per answer

        def _respond(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(query=parse_qs(url.query), headers=headers, body=body)
            result = answer(self.command, url.path, request)
            if result is None:
                self.close_connection = True
                return
            self.send_response(result.status)
            self.send_header("Content-Type", result.content_type)
            self.send_header("Content-Length", str(len(result.body)))
            for name, value in result.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(result.body)

        do_GET = do_POST = do_DELETE = _respond  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            """Keeps quiet: audiences and tokens have no place in a log."""

    return Handler
