"""Calls this process while a request takes long, so that no other is left in the server's queue.

granian makes threads as they are needed. Now and then it takes a thread that has just found work
for an idle one, and makes none: what came then waits until a thread is free, or until anything else
comes. Where every thread waits for its caller, and nobody else calls, we do
(docs/decisions/0074-a-slow-request-is-a-reason-to-call-ourselves.md).
"""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

LONG_SECONDS = 0.5  # a request that has been under way for so long may hold up another
EVERY_SECONDS = 0.5
PATIENCE_SECONDS = 1.0  # for the answer to a call; nothing depends on it
CALL = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what servers are bound to


class UnderWay:
    """The requests that have a thread now, and since when. Each thread has one at a time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Knows no request yet."""
        self._clock = clock
        self._began: dict[int, float] = {}
        self.server: tuple[str, int] | None = None  # host and port at which requests come

    def begin(self, environ: Mapping[str, Any]) -> None:
        """Notes that this thread has a request."""
        self._began[threading.get_ident()] = self._clock()
        if self.server is None:
            host = environ["SERVER_NAME"]
            self.server = ANY_ADDRESS.get(host, host), int(environ["SERVER_PORT"])

    def end(self) -> None:
        """Notes that it has none any more."""
        self._began.pop(threading.get_ident(), None)

    def longest(self) -> float:
        """For how many seconds the one that takes longest has been under way; 0 without any."""
        began = list(self._began.values())  # at once, as threads come and go
        return self._clock() - min(began) if began else 0.0


def watch(under_way: UnderWay) -> None:
    """Calls now and then while a request takes long, in a thread that ends with the process."""

    def go_on() -> None:
        while True:
            time.sleep(EVERY_SECONDS)
            nudge(under_way)

    threading.Thread(target=go_on, name="nudges", daemon=True).start()


def nudge(under_way: UnderWay) -> bool:
    """Calls the server if a request takes long, and tells whether it did.

    What comes of the call says nothing: one that cannot be made, or is not answered, leaves
    everything as it was, and the next one follows.
    """
    if under_way.server is None or under_way.longest() < LONG_SECONDS:
        return False
    with (
        contextlib.suppress(OSError),
        socket.create_connection(under_way.server, timeout=PATIENCE_SECONDS) as connection,
    ):
        connection.sendall(CALL)
        connection.recv(1)
    return True
