"""Ports are free when they are taken, and nobody else's afterwards."""

import socket

import pytest

from sandbox.stack.ports import HOST, Port, PortTaken


def test_a_free_port_is_found_and_named() -> None:
    port = Port()
    assert port.address == f"http://127.0.0.1:{port.number}"
    port.release()


def test_a_port_on_which_somebody_listens_is_refused() -> None:
    with socket.create_server((HOST, 0)) as server:
        number = server.getsockname()[1]
        with pytest.raises(PortTaken, match=f"Port {number} cannot be used"):
            Port(number)


def test_a_held_port_cannot_be_held_twice() -> None:
    port = Port()
    with pytest.raises(PortTaken):
        Port(port.number)
    port.release()
    Port(port.number).release()


def test_a_number_that_is_no_port_is_refused() -> None:
    with pytest.raises(PortTaken):
        Port(65536)


def test_a_server_can_listen_on_a_held_port() -> None:
    port = Port()
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        server.bind((HOST, port.number))
        server.listen()
        socket.create_connection((HOST, port.number), timeout=5).close()
    port.release()
