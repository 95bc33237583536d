"""Callers who take up a server's time: silent, idle, slow and half gone."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

WEBHOOK = b"POST /v1/webhooks/whatsapp/webhook HTTP/1.1\r\nHost: 127.0.0.1\r\n"
# What each kind of caller sends before it leaves the server waiting.
BEGINNINGS = {
    "silent": b"",
    "idle": b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "unfinished headers": WEBHOOK + b"X-Header: ",
    "unfinished body": WEBHOOK + b"Content-Length: 5000\r\n\r\n{",
    "unfinished chunk": WEBHOOK + b"Transfer-Encoding: chunked\r\n\r\n1000\r\n{",
}
HALF_GONE = "half gone"
KINDS = (*BEGINNINGS, HALF_GONE)


@dataclass(kw_only=True)
class Callers:
    """Connections that are held open, all to one server."""

    host: str
    port: int
    held: list[socket.socket] = field(default_factory=list)

    def call(self, kind: str, *, times: int) -> None:
        """Opens so many connections of a kind."""
        for _ in range(times):
            caller = socket.create_connection((self.host, self.port), timeout=10)
            self.held.append(caller)
            if kind == HALF_GONE:  # its FIN came, and it never reads an answer
                caller.sendall(BEGINNINGS["idle"] * 3 + BEGINNINGS["unfinished body"])
                caller.shutdown(socket.SHUT_WR)
            else:
                caller.sendall(BEGINNINGS[kind])

    def drip(self) -> None:
        """Sends one more byte on each, where somebody still listens."""
        for caller in self.held:
            with suppress(OSError):
                caller.send(b"x", socket.MSG_DONTWAIT)

    def hang_up(self) -> None:
        """Closes all of them."""
        while self.held:
            self.held.pop().close()


@contextmanager
def callers(address: str) -> Iterator[Callers]:
    """Callers of a server, such as `http://127.0.0.1:8000`, who all hang up at the end."""
    url = urlsplit(address)
    group = Callers(host=url.hostname or "", port=url.port or 0)
    try:
        yield group
    finally:
        group.hang_up()
