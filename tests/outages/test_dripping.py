"""Answers that come a byte at a time, each in time for the next wait, and never to their end."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from visn_whatsapp.budget import Budget
from visn_whatsapp.google.certificates import TIMEOUT_SECONDS, certificates
from visn_whatsapp.google.credentials import (
    METADATA_TIMEOUT_SECONDS,
    NotAnswered,
    PromptRequest,
)
from visn_whatsapp.google.kept import Kept, Unobtainable

BETWEEN_BYTES_SECONDS = 0.1
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n"
ROUND = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /again\r\n\r\n"
# What is said at once, and what comes byte by byte until nobody listens any more.
ANSWERS = {"its head": (b"", HEAD), "its body": (HEAD + b"\r\n", b" "), "elsewhere": (ROUND, b"")}


@pytest.fixture(params=ANSWERS)
def dripping(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where such a server listens."""
    at_once, then = ANSWERS[request.param]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_serve, args=(listener, at_once, then), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def _serve(listener: socket.socket, at_once: bytes, then: bytes) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_drip, args=(client, at_once, then), daemon=True).start()


def _drip(client: socket.socket, at_once: bytes, then: bytes) -> None:
    with suppress(OSError), client:
        while client.recv(65536):
            if not then:
                time.sleep(0.5 * METADATA_TIMEOUT_SECONDS)
            client.sendall(at_once)
            while then:
                for byte in then:
                    client.sendall(bytes([byte]))
                    time.sleep(BETWEEN_BYTES_SECONDS)


def seconds_of(ended: Callable[[], Any], error: type[Exception]) -> float:
    """How long it took to be told."""
    began = time.monotonic()
    with pytest.raises(error):
        ended()
    return time.monotonic() - began


def test_the_metadata_server_is_given_up_all_the_same(dripping: str) -> None:
    took = seconds_of(lambda: PromptRequest()(dripping), NotAnswered)
    assert took < 4 * METADATA_TIMEOUT_SECONDS  # to connect, to answer, and a busy machine


def test_the_certificates_are_given_up_all_the_same(
    dripping: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the thread that gets them too, so that the next one is not kept waiting for it."""
    ended = threading.Event()
    run = Kept._run

    def noticed(*args: Any) -> None:
        run(*args)
        ended.set()

    monkeypatch.setattr(Kept, "_run", noticed)
    ask = lambda: certificates(dripping, key_id="any", budget=Budget(0.1))  # noqa: E731
    assert seconds_of(ask, Unobtainable) < TIMEOUT_SECONDS
    assert ended.wait(4 * TIMEOUT_SECONDS)
