"""Several deliveries in one call, to a callable that takes them, or does not, or answers oddly."""

import json
import logging
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler
from uuid import UUID

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.identity import IdentityProvider
from tests.ledger_tasks import task_for
from tests.sandbox.stack.processes import eventually
from tests.webhooks.conftest import NOW, QueueContents
from tests.webhooks.test_forwarding import PATH, HangsUpOnce, serving
from tests.webhooks.test_ledger_together import at_once
from tests.webhooks.test_receiving_together import accept, text
from visn_whatsapp.traces import Handling, Trace
from webhooks import callable_protocol, forwarding
from webhooks.callable_protocol import Error, GroupCall, Taken
from webhooks.forwarding import HttpForwarder
from webhooks.models import Delivery, Event
from webhooks.receipts import Receipt, Sent, Written

IDS = [UUID(int=number) for number in range(1, 6)]
BODIES = {delivery: b'{"number": %d}' % delivery.int for delivery in IDS}
NOT_SENT_ON = "A delivery was not sent on."
SINGLY = "Several deliveries in one call were not understood: for a while each has its own."


@pytest.fixture(autouse=True)
def _nothing_is_remembered(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.INFO, logger="webhooks")
    forwarding._singly_until.clear()
    yield
    forwarding._singly_until.clear()


def forwarder(url: str, *, budget_seconds: float = 10.0) -> HttpForwarder:
    return HttpForwarder(
        url=url,
        audience="https://callable.test",
        identity_token=lambda audience: f"token for {audience}",
        budget_seconds=budget_seconds,
        together=True,
    )


def written(*deliveries: UUID, body: bytes | None = None) -> list[Written]:
    return [
        Written(
            receipt=Receipt(row=each, delivery=each, digest="", needs_task=True),
            body=BODIES[each] if body is None else body,
            at=NOW,
        )
        for each in deliveries
    ]


def single(delivery: UUID) -> bytes:
    """The call of one, byte for byte."""
    return b'{"data":{"delivery":"%s","payload":%s}}' % (str(delivery).encode(), BODIES[delivery])


class Callable:
    """Answers calls of several with this, and any other as callables always did."""

    def __init__(self, status: int, body: bytes = b"", *, after: float = 0.0) -> None:
        self.bodies: list[bytes] = []
        self.traces: list[str | None] = []  # what each call says of its trace
        self._status, self._body, self._after = status, body, after

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        body = body_of(handler)
        self.bodies.append(body)
        self.traces.append(handler.headers["traceparent"])
        if b'"deliveries":' in body:
            time.sleep(self._after)
            respond(handler, self._status, self._body)
        else:
            delivery = UUID(json.loads(body)["data"]["delivery"])
            respond(handler, 200, callable_protocol.result(delivery=delivery, enqueued=True))


def body_of(handler: BaseHTTPRequestHandler) -> bytes:
    return handler.rfile.read(int(handler.headers["Content-Length"]))


def respond(handler: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def taken(deliveries: Sequence[UUID] = IDS, *, failed: Sequence[UUID] = ()) -> bytes:
    """The answer of a callable that knows calls of several."""
    return callable_protocol.group_result(
        Taken(delivery=each, error=Error(status="UNAVAILABLE"))
        if each in failed
        else Taken(delivery=each, enqueued=each.int % 2 == 0)
        for each in deliveries
    )


def unsent(caplog: pytest.LogCaptureFixture) -> dict[str, str]:
    """Why deliveries were not sent on, as the log says."""
    lines = [each for each in caplog.records if each.getMessage() == NOT_SENT_ON]
    reasons = {vars(each)["delivery"]: vars(each)["reason"] for each in lines}
    assert len(reasons) == len(lines)
    return reasons


def test_several_go_in_one_call_with_their_ids_and_a_token(
    caplog: pytest.LogCaptureFixture,
) -> None:
    requests: list[tuple[str, bytes]] = []

    def reply(handler: BaseHTTPRequestHandler) -> None:
        body = body_of(handler)
        requests.append((handler.headers["Authorization"], body))
        respond(handler, 200, taken())

    with serving(reply) as url:
        sent = forwarder(url).send(written(*IDS))

    assert sent == [Sent.DONE] * 5
    [(token, body)] = requests
    assert token == "Bearer token for https://callable.test"
    members = (b'{"delivery":"%s","payload":%s}' % (str(i).encode(), BODIES[i]) for i in IDS)
    assert body == b'{"data":{"deliveries":[%s]}}' % b",".join(members)
    assert json.loads(body)
    assert callable_protocol.decode(body) == GroupCall(payloads=BODIES)
    assert caplog.messages == []


def test_one_for_which_a_call_of_several_has_no_room_goes_by_itself() -> None:
    body = b'"%s"' % (b"x" * (callable_protocol.MOST_BYTES - 10))
    callable_ = Callable(200, taken())
    with serving(callable_) as url:
        assert forwarder(url).shared(body) is not None
        assert forwarder(url).send(written(IDS[0], body=body)) == [Sent.NOT_YET]
    assert callable_.bodies == []


@pytest.mark.parametrize("same", [1, 2])
def test_one_alone_goes_by_itself(same: int) -> None:
    callable_ = Callable(200, taken())
    with serving(callable_) as url:
        assert forwarder(url).send(written(*IDS[:1] * same)) == [Sent.NOT_YET] * same
    assert callable_.bodies == []


def test_the_same_bytes_are_in_a_call_once() -> None:
    callable_ = Callable(200, taken())
    with serving(callable_) as url:
        sent = forwarder(url).send(written(IDS[0], IDS[0], IDS[1]))
    assert sent == [Sent.DONE] * 3
    [body] = callable_.bodies
    payloads = {each: BODIES[each] for each in IDS[:2]}
    assert callable_protocol.decode(body) == GroupCall(payloads=payloads)


def test_what_was_not_taken_over_is_logged_and_spoils_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    callable_ = Callable(200, taken(failed=IDS[1:3]))
    with serving(callable_) as url:
        assert forwarder(url).send(written(*IDS)) == [Sent.DONE] * 5
        assert forwarder(url).shared(b"{}") is not None
    assert len(callable_.bodies) == 1
    assert unsent(caplog) == {str(each): "answered UNAVAILABLE" for each in IDS[1:3]}
    assert len(caplog.messages) == 2


KEYS = "".join(f'"{each}":{{"enqueued":true}},' for each in IDS)
NOT_KNOWN = {
    "400": (400, callable_protocol.error(status="INVALID_ARGUMENT", message="No.")),
    "404": (404, b""),
    "405": (405, b""),
    "413": (413, b"<html>"),
    "415": (415, b""),
    "422": (422, b"{}"),
    "500": (500, callable_protocol.error(status="INTERNAL", message="KeyError")),
    "501": (501, b""),
    "201": (201, taken()),
    "302": (302, b""),
    "nothing": (200, b""),
    "no JSON": (200, b"OK"),
    "an object": (200, b"{}"),
    "null": (200, b'{"result":null}'),
    "an error": (200, callable_protocol.error(status="INVALID_ARGUMENT", message="No.")),
    "one": (200, callable_protocol.result(delivery=IDS[0], enqueued=True)),
    "all but one": (200, taken(IDS[1:])),
    "others": (200, taken([UUID(int=each.int + 100) for each in IDS])),
    "what it was asked": (
        200,
        b'{"result":%s}' % callable_protocol.encode_group(BODIES)[len(b'{"data":') : -1],
    ),
    "ids alone": (200, b'{"result":{"deliveries":%s}}' % json.dumps([*map(str, IDS)]).encode()),
    "another form": (200, f'{{"result":{{"deliveries":{{{KEYS[:-1]}}}}}}}'.encode()),
    "words for truth": (200, taken().replace(b"true", b'"yes"')),
    "words for a status": (200, taken(failed=IDS).replace(b"UNAVAILABLE", b"447700900123 is odd")),
}


@pytest.mark.parametrize("said", NOT_KNOWN)
def test_who_does_not_know_calls_of_several_is_called_for_each(
    said: str, caplog: pytest.LogCaptureFixture
) -> None:
    callable_ = Callable(*NOT_KNOWN[said])
    with serving(callable_) as url:
        one = forwarder(url)
        assert one.send(written(*IDS)) == [Sent.DONE] * 5
        group, *others = callable_.bodies
        assert callable_protocol.decode(group) == GroupCall(payloads=BODIES)
        assert sorted(others) == [single(each) for each in IDS]
        assert one.shared(b"{}") is None
        assert forwarder(url.replace("whatsapp", "another")).shared(b"{}") is not None

    assert caplog.messages == [SINGLY]
    assert vars(caplog.records[0])["reason"] == f"answered {NOT_KNOWN[said][0]}"


def test_every_call_is_of_the_trace_of_whoever_leads() -> None:
    """But of its own trace, if that is known, is a call of one that has to go by itself."""
    own = Trace(id="c" * 32, span="d" * 16, is_sampled=True)
    group = written(*IDS[1:])
    traceparent = f"00-{'a' * 32}-{'b' * 16}-01"
    callable_ = Callable(400)
    with serving(callable_) as url:
        with Handling({"HTTP_TRACEPARENT": traceparent}):
            forwarder(url).send([replace(each, trace=own) for each in written(IDS[0])] + group)
        forwarder(url).forward(delivery=IDS[0], digest="", body=b"{}")
    first, *singly, alone = callable_.traces
    assert (first, alone) == (traceparent, None)
    assert sorted(map(str, singly)) == [*[traceparent] * 4, own.header]
    group_call = callable_protocol.decode(callable_.bodies[0])
    assert group_call == GroupCall(payloads=BODIES, traces={IDS[0]: own})


def test_after_a_while_several_are_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forwarding, "SINGLY_SECONDS", 2.0)
    with serving(Callable(400)) as url:
        one = forwarder(url)
        one.send(written(*IDS))
        assert one.shared(b"{}") is None
        assert eventually(lambda: one.shared(b"{}") == one)


def test_one_that_fails_by_itself_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        body = body_of(handler)
        respond(handler, 503 if body == single(IDS[2]) else 404 if b"ies" in body else 200, b"")

    with serving(reply) as url:
        assert forwarder(url).send(written(*IDS)) == [Sent.DONE] * 5
    assert unsent(caplog) == {str(IDS[2]): "answered 503"}


@pytest.mark.parametrize("status", [401, 403, 408, 429, 502, 503, 504])
def test_an_answer_that_is_not_about_the_form_is_one_for_all(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    callable_ = Callable(status)
    with serving(callable_) as url:
        assert forwarder(url).send(written(*IDS)) == [Sent.DONE] * 5
        assert forwarder(url).shared(b"{}") is not None
    assert len(callable_.bodies) == 1
    assert unsent(caplog) == {str(each): f"answered {status}" for each in IDS}
    assert SINGLY not in caplog.messages


def test_nobody_there_is_a_failure_of_each(caplog: pytest.LogCaptureFixture) -> None:
    nobody = forwarder("http://127.0.0.1:1/")
    assert nobody.send(written(*IDS)) == [Sent.DONE] * 5
    assert unsent(caplog) == {str(each): "NewConnectionError" for each in IDS}
    assert nobody.shared(b"{}") is not None


def test_no_answer_is_a_failure_of_each_within_the_budget(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        forwarder(url, budget_seconds=0.3).send(written(*IDS))
        assert 0.3 <= time.monotonic() - start < 2.0
    assert unsent(caplog) == {str(each): "ReadTimeoutError" for each in IDS}
    assert forwarder(url).shared(b"{}") is None, "it may have choked on it"


def test_who_hangs_up_is_called_for_each_from_then_on(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a shorter while than who does not know such calls: it may just have been stopped."""
    monkeypatch.setattr(forwarding, "AFTER_NO_ANSWER_SECONDS", 2.0)

    def reply(handler: BaseHTTPRequestHandler) -> None:
        body_of(handler)
        handler.close_connection = True

    with serving(reply) as url:
        forwarder(url).send(written(*IDS))
        assert forwarder(url).shared(b"{}") is None
        assert eventually(lambda: forwarder(url).shared(b"{}") is not None)
    assert unsent(caplog) == {str(each): "ProtocolError" for each in IDS}


def test_calls_for_each_have_what_is_left_of_the_budget(caplog: pytest.LogCaptureFixture) -> None:
    over = threading.Event()

    def reply(handler: BaseHTTPRequestHandler) -> None:
        if b'"deliveries":' in body_of(handler):
            time.sleep(2.6)
            respond(handler, 400, b"")
        else:
            over.wait(9)
            handler.close_connection = True

    with serving(reply) as url:
        start = time.monotonic()
        forwarder(url, budget_seconds=3.0).send(written(*IDS))
        assert 2.9 <= time.monotonic() - start < 2.6 + 2.4  # not all of it once more
        over.set()
    assert unsent(caplog) == {str(each): "ReadTimeoutError" for each in IDS}


def test_each_is_called_at_once_where_it_goes_by_itself() -> None:
    """Each answer waits until all have been asked."""
    asked = threading.Barrier(5)

    def reply(handler: BaseHTTPRequestHandler) -> None:
        if b'"deliveries":' in body_of(handler):
            respond(handler, 404, b"")
        else:
            asked.wait(10)
            respond(handler, 200, b"")

    with serving(reply) as url:
        forwarder(url, budget_seconds=20.0).send(written(*IDS))
    assert not asked.broken


def test_a_kept_connection_that_was_closed_is_made_anew() -> None:
    reply = HangsUpOnce(Callable(200, taken()))
    with serving(reply) as url:
        for _ in range(2):
            assert forwarder(url).send(written(*IDS)) == [Sent.DONE] * 5
    assert reply.calls == 3


def test_what_one_call_has_no_room_for_goes_by_itself() -> None:
    half = b'"%s"' % (b"x" * (callable_protocol.MOST_BYTES // 2))
    callable_ = Callable(200, taken())
    with serving(callable_) as url:
        assert forwarder(url).send([*written(*IDS[:2]), *written(*IDS[2:4], body=half)]) == [
            *[Sent.DONE] * 3,
            Sent.NOT_YET,
        ]
    [body] = callable_.bodies
    assert len(body) <= callable_protocol.MOST_BYTES


@pytest.mark.parametrize("body", [b'{"a":"\xff"}', b"\xef\xbb\xbf{}", b"{", b"NaN", b"", b"{}}"])
def test_what_is_no_json_to_everybody_goes_by_itself(body: bytes) -> None:
    assert forwarder("http://127.0.0.1:1/").shared(body) is None
    assert forwarder("http://127.0.0.1:1/").shared(b"{}") is not None


def test_where_nobody_is_to_share_each_goes_by_itself() -> None:
    alone = HttpForwarder(
        url="http://127.0.0.1:1/", audience="", identity_token=str, budget_seconds=1.0
    )
    assert alone.shared(b"{}") is None


@pytest.fixture
def apart(
    live_server: LiveServer, settings: Settings, identity_provider: IdentityProvider
) -> HttpForwarder:
    """The way to a callable behind a socket."""
    token = identity_provider.token(
        audience=settings.CALLABLE_AUDIENCE, email=settings.CALLABLE_CALLERS[0]
    )
    return HttpForwarder(
        url=live_server.url + PATH,
        audience=settings.CALLABLE_AUDIENCE,
        identity_token=lambda _: token,
        budget_seconds=20.0,
        together=True,
    )


def accepted(bodies: Sequence[bytes], *, by: HttpForwarder) -> list[Receipt]:
    """The first alone, the others in one transaction behind it."""
    return at_once([partial(accept, body, forwarder=by) for body in bodies])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("shared", [True, False])
def test_those_who_share_a_transaction_share_a_call(
    apart: HttpForwarder,
    settings: Settings,
    contents: QueueContents,
    caplog: pytest.LogCaptureFixture,
    shared: bool,
) -> None:
    settings.TASKS_TOGETHER = shared
    first, *others = accepted([text(number) for number in range(8)], by=apart)

    assert first.sent is Sent.NOT_YET, "it goes by itself"
    assert {each.sent for each in others} == {Sent.DONE}
    assert [*map(len, contents.grouped())] == ([1, 7] if shared else [1] * 8)
    assert set(contents.tasks()) == {task_for(each.delivery) for each in [first, *others]}
    assert set(Event.objects.values_list("state", flat=True)) == {"queued"}
    assert Delivery.objects.count() == 8
    assert caplog.messages == []


@pytest.mark.django_db(transaction=True)
def test_odd_bytes_go_beside_those_who_share_a_call(
    apart: HttpForwarder, settings: Settings, contents: QueueContents
) -> None:
    settings.TASKS_TOGETHER = True
    odd = text(9).replace(b'"text":{"body":"', b'"text":{"body":"\xff')
    assert odd != text(9)
    *others, last = accepted([*map(text, range(4)), odd], by=apart)

    assert last.sent is Sent.NOT_YET
    assert [*map(len, contents.grouped())] == [1, 1, 3]
    assert set(contents.tasks()) == {task_for(each.delivery) for each in [*others, last]}


@pytest.mark.django_db(transaction=True)
def test_without_the_queue_each_is_logged_and_nothing_is_lost(
    apart: HttpForwarder,
    settings: Settings,
    contents: QueueContents,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.TASKS_TOGETHER = True
    contents.refuse(times=2)  # the first, and those in company: who tried again would be heard
    receipts = accepted([text(number) for number in range(5)], by=apart)

    assert contents.grouped() == []
    assert unsent(caplog) == {str(each.delivery): "answered 503" for each in receipts}
    assert Event.objects.filter(state="received").count() == 5
    assert apart.shared(b"{}") is not None
