"""HTTP connections whose timeout holds for a request, and not for each wait of it.

urllib3 holds a timeout for each wait alone: an answer of which a byte comes now and then, in time
for each wait, would last for as long as its sender likes.
"""

from contextlib import suppress
from functools import partial
from http.client import HTTPResponse
from io import BufferedReader, RawIOBase
from socket import SOCK_STREAM, gaierror, getaddrinfo, socket
from typing import Any

import urllib3
from requests import Session
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError

from visn_whatsapp.budget import Budget

SHORTEST_WAIT_SECONDS = 0.001  # a timeout of 0 would mean not to wait at all


def pools(*, connections: int) -> urllib3.PoolManager:
    """Returns pools of such connections, which keep so many open at most for each address."""
    made = urllib3.PoolManager(maxsize=connections)
    made.pool_classes_by_scheme = CLASSES
    return made


def session() -> Session:
    """Returns a session of such connections, for Google's library.

    It follows nobody elsewhere, where the time would begin anew. `requests` gives the time once for
    the way to the answer, and once for the answer.
    """
    made = Session()
    made.max_redirects = 0
    for scheme in CLASSES:
        made.mount(f"{scheme}://", _Adapter())
    return made


class _Adapter(HTTPAdapter):
    """Where nobody stands between; a proxy that `https_proxy` names has connections of its own."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = CLASSES


class _Waits(RawIOBase):
    """What comes over a connection; waits for each part of it as long as the request has left."""

    def __init__(self, connection: "_InTime", received: RawIOBase) -> None:
        self._connection = connection
        self._socket = connection.sock
        self._received = received

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._connection.wait_in_time(self._socket)
        return self._received.readinto(buffer)

    def close(self) -> None:
        self._received.close()
        super().close()


class _Answer(HTTPResponse):
    """An answer that is read as far as the request's time allows."""

    def __init__(self, sock: socket, *args: Any, connection: "_InTime", **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self.fp = BufferedReader(_Waits(connection, sock.makefile("rb", buffering=0)))


class _InTime(HTTPConnection):
    """A connection whose timeout is what is left of the one that was last given to it.

    urllib3 gives a connection the total when a request begins, and what is left of it when the
    answer is waited for.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.response_class = partial(_Answer, connection=self)  # type: ignore[assignment]

    _share = 1  # among how many addresses what is left has to be shared

    @property
    def timeout(self) -> float | None:
        """Seconds that are left, never quite none; None for any time."""
        return (
            None
            if self._budget is None
            else max(self._budget.left / self._share, SHORTEST_WAIT_SECONDS)
        )

    @timeout.setter
    def timeout(self, seconds: float | None) -> None:
        self._budget: Budget | None = None if seconds is None else Budget(seconds)

    def _new_conn(self) -> socket:
        """Tries the addresses of a name one after another; urllib3 gives each all of the time."""
        name = self._dns_host
        addresses = self._addresses(name)
        try:
            for self._share in range(len(addresses), 1, -1):
                self._dns_host = addresses[-self._share]
                with suppress(ConnectTimeoutError):
                    return super()._new_conn()
            self._dns_host, self._share = addresses[-1], 1
            return super()._new_conn()
        finally:
            self._dns_host, self._share = name, 1

    def _addresses(self, name: str) -> list[str]:
        try:
            found = getaddrinfo(name.strip("[]"), self.port, type=SOCK_STREAM)
        except gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        return [str(address[0]) for *_, address in found]

    def wait_in_time(self, sock: socket) -> None:
        """Lets the socket wait as long as there is time. Raises BudgetSpent, a timeout as well."""
        if self._budget is not None:
            sock.settimeout(self._budget.at_most(self._budget.seconds))

    def send(self, data: Any) -> None:
        """Sends a part of the request: its headers, or its body."""
        if self.sock is not None:
            self.wait_in_time(self.sock)
        super().send(data)


class _InTimeWithTls(_InTime, HTTPSConnection):
    """The same with TLS."""


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _InTime


class _PoolWithTls(urllib3.HTTPSConnectionPool):
    ConnectionCls = _InTimeWithTls


CLASSES = {"http": _Pool, "https": _PoolWithTls}
