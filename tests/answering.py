"""Serves HTTP on this machine for as long as a test asks."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Quiet:
    """Of a handler that prints nothing."""

    def log_message(self, *_: object) -> None:
        """Keeps the tests' output clean."""


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """Answers by a handler until the end; yields the port. Nobody waits for who hangs."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()


@contextmanager
def publishing(published: Callable[[], tuple[int, str, bytes]]) -> Iterator[str]:
    """Answers each GET with a status, a `Cache-Control` and a document; yields an address.

    It is another each time, so that nothing is remembered of another's.
    """

    class Published(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, cache_control, document = published()
            self.send_response(status)
            self.send_header("Cache-Control", cache_control)
            self.send_header("Content-Length", str(len(document)))
            self.end_headers()
            self.wfile.write(document)

    with serving(Published) as port:
        yield f"http://127.0.0.1:{port}/{uuid.uuid4()}"
