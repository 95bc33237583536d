"""A TCP proxy whose connections can go silent, and that can be away."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

CHUNK = 65536


class Between:
    """Passes on what is said between its callers and a server.

    `silence` lets the connections that there are swallow everything from then on, both ways, as if
    a NAT had forgotten them. `go_away` ends all and refuses new ones.
    """

    swallows_new_ones = False  # new connections too are silent

    def __init__(self, server: str) -> None:
        """`server` is host:port."""
        host, port = server.rsplit(":", 1)
        self._server = (host, int(port))
        self._lock = threading.Lock()
        self._connections: list[_Connection] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        self.host = f"127.0.0.1:{self.port}"
        self._accept(self._listener)

    @property
    def connections(self) -> int:
        """How many have been accepted so far."""
        with self._lock:
            return len(self._connections)

    def silence(self) -> None:
        """Lets every connection that there is go silent."""
        with self._lock:
            for connection in self._connections:
                connection.silent.set()

    def go_away(self) -> None:
        """Ends all connections and takes no new ones."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._connections:
                connection.end()

    def come_back(self) -> None:
        """Listens again where it did, and is silent no more to whoever comes."""
        self.swallows_new_ones = False
        if self._listener.fileno() != -1:
            return
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        self._accept(self._listener)

    def _accept(self, listener: socket.socket) -> None:
        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    server = socket.create_connection(self._server)
                    # It is known before anything can be said over it.
                    with self._lock:
                        connection = _Connection(client, server, silent=self.swallows_new_ones)
                        self._connections.append(connection)

        threading.Thread(target=accept, daemon=True).start()


class _Connection:
    """One caller and the server."""

    def __init__(self, client: socket.socket, server: socket.socket, *, silent: bool) -> None:
        self.silent = threading.Event()
        if silent:
            self.silent.set()
        self._ends = (client, server)
        for source, target in ((client, server), (server, client)):
            threading.Thread(target=self._pass, args=(source, target), daemon=True).start()

    def end(self) -> None:
        """Breaks both sides off."""
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while said := source.recv(CHUNK):
                if not self.silent.is_set():
                    target.sendall(said)
        if not self.silent.is_set():
            self.end()


@contextmanager
def between(server: str) -> Iterator[Between]:
    """Stands between for a while."""
    standing = Between(server)
    try:
        yield standing
    finally:
        standing.go_away()
