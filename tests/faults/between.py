"""Something between us and PostgreSQL that is slow, or that loses an answer."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SOCKET = ".s.PGSQL.5432"
CHUNK = 65536


class Between:
    """Passes everything on between a client and PostgreSQL's socket.

    `lose` is what a statement holds whose answer is lost, once: PostgreSQL has done it, and the
    connection breaks before anybody hears of it.
    """

    def __init__(self, server: Path, folder: Path) -> None:
        """Listens in the folder by the name that clients look for."""
        self.lose = b""
        self.seconds = 0.0  # that each answer takes longer
        self.lost = 0
        self._server = str(server / SOCKET)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / SOCKET))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Takes no more connections."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, suppress(OSError):
            server.connect(self._server)
            losing = threading.Event()
            up = threading.Thread(target=self._up, args=(client, server, losing), daemon=True)
            up.start()
            self._down(server, client, losing)
            client.shutdown(socket.SHUT_RDWR)
            up.join()

    def _up(self, client: socket.socket, server: socket.socket, losing: threading.Event) -> None:
        with suppress(OSError):
            while said := client.recv(CHUNK):
                if self.lose and self.lose in said:
                    losing.set()
                server.sendall(said)
            server.shutdown(socket.SHUT_RDWR)

    def _down(self, server: socket.socket, client: socket.socket, losing: threading.Event) -> None:
        while answer := server.recv(CHUNK):
            if losing.is_set():
                self.lose, self.lost = b"", self.lost + 1
                return
            time.sleep(self.seconds)
            client.sendall(answer)


@contextmanager
def between(server: Path, folder: Path) -> Iterator[Between]:
    """Stands between for a while."""
    standing = Between(server, folder)
    try:
        yield standing
    finally:
        standing.close()
