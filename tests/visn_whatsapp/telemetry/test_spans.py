"""What spans tell, of requests with whatever in them."""

import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from visn_whatsapp.telemetry import spans
from visn_whatsapp.telemetry.spans import NO_SPAN, Attributes, Kind, Links, Span
from visn_whatsapp.traces import Handling, Trace

ONE, OTHER = UUID(int=1), UUID(int=2)
TRACE = Trace(id="a" * 32, span="b" * 16, is_sampled=True)
PATH = "/v1/webhooks/whatsapp/webhook"
REQUEST = {
    "REQUEST_METHOD": "POST",
    "PATH_INFO": PATH,
    "QUERY_STRING": "hub.verify_token=secret&from=447700900123",
    "HTTP_USER_AGENT": "447700900123",
    "REMOTE_ADDR": "192.0.2.7",
    "wsgi.url_scheme": "http",
}


@pytest.fixture
def opened() -> Iterator[list[tuple[str, Kind, Attributes, Links, int | None]]]:
    """What is opened while spans are exported."""
    every: list[tuple[str, Kind, Attributes, Links, int | None]] = []

    def open_(*what: Any) -> Span:
        every.append(what)
        return NO_SPAN

    spans.open_with(open_)
    yield every
    spans.open_with(None)


def test_of_a_request_nothing_is_told_that_its_caller_chose(opened: list[Any]) -> None:
    spans.served(REQUEST).begin()
    attributes = {
        "http.request.method": "POST",
        "http.route": PATH,
        "url.path": PATH,
        "url.scheme": "http",
    }
    [(name, kind, told, links, began_at)] = opened
    assert (name, kind, told, links) == (f"POST {PATH}", Kind.SERVER, attributes, {})
    assert 0 <= time.time_ns() - began_at < 10 * 10**9


def test_of_a_request_nothing_is_opened_before_its_caller_is_known(opened: list[Any]) -> None:
    with spans.served(REQUEST) as span:
        spans.answered(span, 401, wrong_from=500)
    with pytest.raises(ZeroDivisionError), spans.served(REQUEST):
        raise ZeroDivisionError
    assert opened == []


def test_of_an_address_neither_secret_nor_path_is_told(opened: list[Any]) -> None:
    spans.called("https://me:secret@callable.visn.example:8443/callable?key=secret", {ONE: None})
    [(_, kind, told, links, _)] = opened
    assert (kind, links) == (Kind.CLIENT, {})
    assert told == {
        "http.request.method": "POST",
        "server.address": "callable.visn.example",
        "server.port": 8443,
        "visn.delivery": str(ONE),
    }


def test_several_are_linked_and_counted(opened: list[Any]) -> None:
    links = {ONE: TRACE, OTHER: None}
    spans.called("https://callable.visn.example", links)
    spans.created("queue", links)
    spans.handled("queue", links, retries=3)
    spans.shared(links)
    assert [linked for *_, linked, _ in opened] == [links] * 4
    assert [told["visn.deliveries"] for *_, told, _, _ in opened] == [2] * 4


def test_what_a_delivery_takes_along_is_asked_for_only_where_spans_are_exported(
    request: pytest.FixtureRequest,
) -> None:
    with Handling({"HTTP_TRACEPARENT": TRACE.header}):
        assert spans.own() is None
        request.getfixturevalue("opened")
        assert spans.own() == TRACE
