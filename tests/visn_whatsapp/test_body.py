"""Reading the bytes of a request, whatever it says about their number."""

import os
from io import BytesIO
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from pytest_django import Settings

from visn_whatsapp import body
from visn_whatsapp.body import (
    LARGE_BYTES,
    BodyIncomplete,
    BodyTooLarge,
    Received,
    Receiver,
    read_body,
)
from visn_whatsapp.places import Busy


class Disconnected(BytesIO):
    """The input of a caller who has gone away."""

    def read(self, _: int | None = -1) -> bytes:
        """Fails as a server's input does."""
        raise OSError("the caller has gone away")


def request(body: BytesIO, *, limit: int = 100, **environ: Any) -> WSGIRequest:
    """Returns a request as the application works on it, after its body was received."""
    environ = {"REQUEST_METHOD": "POST", "wsgi.input": body} | environ
    Receiver(limit=limit, large=1).receive(environ).close()
    return WSGIRequest(environ)


def test_the_announced_bytes_are_returned_as_they_are() -> None:
    body = b'{"a":"\xff\x00"}'
    assert read_body(request(BytesIO(body), CONTENT_LENGTH=str(len(body))), limit=100) == body


@pytest.mark.parametrize("content_length", ["-1", "1e3", "ten", "٣", "+5", "", "0"])
def test_a_length_that_is_none_counts_as_absent(content_length: str) -> None:
    unreceived = WSGIRequest(
        {"REQUEST_METHOD": "POST", "wsgi.input": BytesIO(b"rest"), "CONTENT_LENGTH": content_length}
    )
    assert read_body(unreceived, limit=100) == b""


@pytest.mark.parametrize("content_length", ["101", "9" * 5000])
def test_too_many_announced_bytes_are_not_read(content_length: str) -> None:
    unread = BytesIO(b"x" * 101)

    with pytest.raises(BodyTooLarge):
        read_body(request(unread, CONTENT_LENGTH=content_length), limit=100)
    assert unread.tell() == 0


def test_a_route_may_take_less_than_the_process() -> None:
    with pytest.raises(BodyTooLarge):
        read_body(request(BytesIO(b"x" * 90), CONTENT_LENGTH="90"), limit=80)


def test_as_many_bytes_as_the_limit_are_taken() -> None:
    body = b"x" * 100
    assert read_body(request(BytesIO(body), CONTENT_LENGTH="100"), limit=100) == body


@pytest.mark.parametrize("size", [0, 1, 99, 100])
def test_a_chunked_body_is_read_to_its_end(size: int) -> None:
    assert read_body(request(BytesIO(b"x" * size)), limit=100) == b"x" * size


def test_a_chunked_body_is_read_no_further_than_the_limit() -> None:
    endless = BytesIO(b"x" * 10_000)

    with pytest.raises(BodyTooLarge):
        read_body(request(endless), limit=100)
    assert endless.tell() == 101


def test_less_than_announced_is_incomplete() -> None:
    with pytest.raises(BodyIncomplete):
        read_body(request(BytesIO(b"half"), CONTENT_LENGTH="8"), limit=100)


def test_a_caller_who_goes_away_leaves_an_incomplete_body() -> None:
    unreceived = WSGIRequest(
        {"REQUEST_METHOD": "POST", "wsgi.input": Disconnected(), "CONTENT_LENGTH": "8"}
    )
    with pytest.raises(BodyIncomplete):
        read_body(unreceived, limit=100)


def test_django_may_have_a_lower_limit(settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10

    with pytest.raises(BodyTooLarge):
        read_body(request(BytesIO(b"x" * 11), CONTENT_LENGTH="11"), limit=100)


@pytest.mark.parametrize("size", [LARGE_BYTES - 1, LARGE_BYTES, LARGE_BYTES + 1, 3 * LARGE_BYTES])
@pytest.mark.parametrize("announced", [True, False])
def test_a_large_body_is_taken_whole(size: int, announced: bool) -> None:
    body = os.urandom(size)
    length = {"CONTENT_LENGTH": str(size)} if announced else {}
    assert read_body(request(BytesIO(body), limit=size, **length), limit=size) == body


def test_only_so_many_large_bodies_are_in_the_memory_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(body, "PATIENCE_SECONDS", 0.01)
    receiver = Receiver(limit=10 * LARGE_BYTES, large=1)

    def receive(size: int) -> Received:
        return receiver.receive({"wsgi.input": BytesIO(b"x" * size), "CONTENT_LENGTH": str(size)})

    first = receive(2 * LARGE_BYTES)
    with pytest.raises(Busy):
        receive(2 * LARGE_BYTES)
    assert receive(LARGE_BYTES - 1).whole  # a small one needs no room
    first.close()
    first.close()
    second = receive(2 * LARGE_BYTES)
    with pytest.raises(Busy):
        receive(2 * LARGE_BYTES)
    second.close()
