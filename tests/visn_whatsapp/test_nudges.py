"""Requests that take long, and the calls of a process to itself meanwhile."""

import socket
from collections.abc import Iterator

import pytest

from visn_whatsapp.nudges import ANY_ADDRESS, CALL, LONG_SECONDS, UnderWay, nudge

NOBODY = 9  # a port at which nobody listens


class Clock:
    """Stands still unless it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock that the test moves."""
    return Clock()


@pytest.fixture
def server() -> Iterator[socket.socket]:
    """Somebody who listens, and is in no hurry to answer."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)
        yield listening


def environ(port: int, host: str = "127.0.0.1") -> dict[str, str]:
    """What a server says of itself."""
    return {"SERVER_NAME": host, "SERVER_PORT": str(port)}


def test_what_is_under_way_is_known_by_when_it_began(clock: Clock) -> None:
    under_way = UnderWay(clock)
    assert under_way.longest() == 0
    under_way.begin(environ(8080))
    clock.now += 3
    assert under_way.longest() == 3
    under_way.end()
    assert under_way.longest() == 0
    under_way.end()  # of what has ended there is nothing to say


@pytest.mark.parametrize(
    ("bound", "called"),
    [*ANY_ADDRESS.items(), ("127.0.0.1", "127.0.0.1"), ("10.0.0.7", "10.0.0.7")],
)
def test_a_server_is_called_where_it_listens(bound: str, called: str) -> None:
    under_way = UnderWay()
    under_way.begin(environ(8080, bound))
    assert under_way.server == (called, 8080)


def test_while_a_request_takes_long_the_server_is_called(
    clock: Clock, server: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visn_whatsapp.nudges.PATIENCE_SECONDS", 0.1)
    under_way = UnderWay(clock)
    assert nudge(under_way) is False  # no request ever came
    under_way.begin(environ(server.getsockname()[1]))
    assert nudge(under_way) is False
    clock.now += LONG_SECONDS
    assert nudge(under_way) is True
    with server.accept()[0] as connection:
        assert connection.recv(1000) == CALL
    under_way.end()
    assert nudge(under_way) is False


def test_a_call_that_cannot_be_made_is_followed_by_the_next(clock: Clock) -> None:
    under_way = UnderWay(clock)
    under_way.begin(environ(NOBODY))
    clock.now += LONG_SECONDS
    assert (nudge(under_way), nudge(under_way)) == (True, True)
