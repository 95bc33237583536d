"""Ports of this machine, held for servers that have not started yet."""

import socket
import sys

HOST = "127.0.0.1"


class PortTaken(Exception):
    """Somebody else listens there."""


class Port:
    """A port that nobody else gets meanwhile; number 0 takes a free one.

    On Linux the server shares the port with a socket that is bound and never listens. That also
    keeps a second server from joining by accident: granian would share a port silently.
    """

    def __init__(self, number: int = 0) -> None:
        """Raises PortTaken."""
        with socket.socket() as probe:
            # Connections of an earlier server that still linger are no reason to refuse.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.number = _bind(probe, number)
        self._held: socket.socket | None = None
        if sys.platform == "linux":
            self._held = socket.socket()
            self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            _bind(self._held, self.number)

    @property
    def address(self) -> str:
        """The address of what listens there, without a slash at its end."""
        return f"http://{HOST}:{self.number}"

    def release(self) -> None:
        """Lets others have it."""
        if self._held is not None:
            self._held.close()


def _bind(bound: socket.socket, number: int) -> int:
    try:
        bound.bind((HOST, number))
    except (OSError, OverflowError) as error:
        raise PortTaken(f"Port {number} cannot be used: it is taken, or not permitted.") from error
    return int(bound.getsockname()[1])
