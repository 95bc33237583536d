"""Reading the bytes of a request, whatever it says about their number."""

from io import BytesIO
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from pytest_django import Settings

from webhooks.body import BodyIncomplete, BodyTooLarge, read_body


class Disconnected(BytesIO):
    """The input of a caller who has gone away."""

    def read(self, _: int | None = -1) -> bytes:
        """Fails as a server's input does."""
        raise OSError("the caller has gone away")


def request(body: BytesIO, **environ: Any) -> WSGIRequest:
    """Returns a request as a WSGI server hands it over."""
    return WSGIRequest({"REQUEST_METHOD": "POST", "wsgi.input": body} | environ)


def test_the_announced_bytes_are_returned_as_they_are() -> None:
    body = b'{"a":"\xff\x00"}'
    assert read_body(request(BytesIO(body), CONTENT_LENGTH=str(len(body))), limit=100) == body


@pytest.mark.parametrize("content_length", ["", "0", None])
def test_without_a_length_there_is_no_body(content_length: str | None) -> None:
    assert read_body(request(BytesIO(b"rest"), CONTENT_LENGTH=content_length), limit=100) == b""


@pytest.mark.parametrize("content_length", ["-1", "1e3", "ten", "٣", "+5"])
def test_a_length_that_is_none_counts_as_absent(content_length: str) -> None:
    assert read_body(request(BytesIO(b"rest"), CONTENT_LENGTH=content_length), limit=100) == b""


@pytest.mark.parametrize("content_length", ["101", "9" * 5000])
def test_too_many_announced_bytes_are_not_read(content_length: str) -> None:
    unread = BytesIO(b"x" * 101)

    with pytest.raises(BodyTooLarge):
        read_body(request(unread, CONTENT_LENGTH=content_length), limit=100)
    assert unread.tell() == 0


def test_as_many_bytes_as_the_limit_are_taken() -> None:
    body = b"x" * 100
    assert read_body(request(BytesIO(body), CONTENT_LENGTH="100"), limit=100) == body


def test_a_chunked_body_is_read_to_its_end() -> None:
    chunked: dict[str, Any] = {"wsgi.input_terminated": True}
    assert read_body(request(BytesIO(b"x" * 100), **chunked), limit=100) == b"x" * 100


def test_a_chunked_body_is_read_no_further_than_the_limit() -> None:
    chunked: dict[str, Any] = {"wsgi.input_terminated": True}
    endless = BytesIO(b"x" * 10_000)

    with pytest.raises(BodyTooLarge):
        read_body(request(endless, **chunked), limit=100)
    assert endless.tell() == 101


def test_less_than_announced_is_incomplete() -> None:
    with pytest.raises(BodyIncomplete):
        read_body(request(BytesIO(b"half"), CONTENT_LENGTH="8"), limit=100)


@pytest.mark.parametrize("environ", [{"CONTENT_LENGTH": "8"}, {"wsgi.input_terminated": True}])
def test_a_caller_who_goes_away_leaves_an_incomplete_body(environ: dict[str, Any]) -> None:
    with pytest.raises(BodyIncomplete):
        read_body(request(Disconnected(), **environ), limit=100)


def test_django_may_have_a_lower_limit(settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10

    with pytest.raises(BodyTooLarge):
        read_body(request(BytesIO(b"x" * 11), CONTENT_LENGTH="11"), limit=100)
