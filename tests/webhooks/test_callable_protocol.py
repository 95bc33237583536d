"""The callable protocol, on bytes alone."""

import json
from bisect import bisect_left
from collections.abc import Callable
from functools import partial
from uuid import UUID, uuid4

import pytest

from visn_whatsapp.traces import Trace
from webhooks import callable_protocol
from webhooks.callable_protocol import MOST_BYTES, Call, CallUnreadable, Error, GroupCall, Taken
from webhooks.tasks import MOST_TOGETHER
from webhooks.whatsapp import tolerant

DELIVERY = UUID("0197e0a0-0000-7000-8000-000000000001")
ANOTHER = UUID("0197e0a0-0000-7000-8000-000000000002")
TRACE = Trace(id="a" * 32, span="b" * 16, is_sampled=True)
PAYLOAD = rb'{"object":"whatsapp_business_account","entry":[{"id":"ol\u00e1"}]}'


def test_a_call_holds_the_payload_as_it_is() -> None:
    body = callable_protocol.encode(delivery=DELIVERY, payload=PAYLOAD)

    assert body == (
        b'{"data":{"delivery":"0197e0a0-0000-7000-8000-000000000001","payload":' + PAYLOAD + b"}}"
    )
    assert json.loads(body) == {"data": {"delivery": str(DELIVERY), "payload": json.loads(PAYLOAD)}}


@pytest.mark.parametrize(
    "payload",
    [
        PAYLOAD,
        b"{}",
        b"[1, 2]",
        rb'{"text":"\ud83d"}',
        b'{"text":"\xff\xfe"}',
        b'{"text":"\x00\n"}',
        b'{"n":NaN,"big":1e999,"int":' + b"9" * 5000 + b"}",
        b"[" * 50_000 + b"]" * 50_000,
        b'{"a":"}}"}',
        b'\xef\xbb\xbf{"a":1}',
        '{"a":1}'.encode("utf-16"),
        b'{"a":{"delivery":"0197e0a0-0000-7000-8000-000000000002","payload":1}}',
    ],
)
def test_every_payload_that_may_be_forwarded_comes_out_as_it_went_in(payload: bytes) -> None:
    body = callable_protocol.encode(delivery=DELIVERY, payload=payload)
    assert callable_protocol.decode(body) == Call(delivery=DELIVERY, payload=payload)


@pytest.mark.parametrize(
    "body",
    [
        b'{"data":{"payload":{"a": 1}}}',
        b' { "data" : { "payload" : {"a": 1} } } ',
        b'{"data":{"delivery":null,"payload":{"a": 1}}}',
        b'{"data":{"delivery":"","payload":{"a": 1},"more":[]},"more":{}}',
    ],
)
def test_another_gateway_hands_over_a_payload_alone(body: bytes) -> None:
    assert callable_protocol.decode(body) == Call(delivery=None, payload=b'{"a": 1}')


@pytest.mark.parametrize(
    "call",
    [
        b'{"data":{"payload":%s}}',
        b'{"data":{"delivery":null,"payload":%s}}',
        b'{"data":{"payload":%s,"delivery":null}}',
        b'{"data":{"source":"another","payload":%s},"more":1}',
    ],
)
@pytest.mark.parametrize("value", [rb'"\ud83d"', b'"\xff"', b"NaN", b'"\x01"', b"9" * 5000])
def test_another_gateway_may_write_an_odd_payload_in_its_own_way(call: bytes, value: bytes) -> None:
    read = callable_protocol.decode(call % (b'{"a":%s,"b":"c"}' % value))
    assert isinstance(read, Call)
    assert read.delivery is None
    assert isinstance(payload := tolerant.load(read.payload), dict)
    assert payload["b"] == "c"


def test_another_gateway_may_hand_over_an_odd_payload() -> None:
    body = b'{ "data": { "payload": {"a": "\xff"} } }\n'
    assert callable_protocol.decode(body) == Call(delivery=None, payload=b'{"a": "\xff"}')


@pytest.mark.parametrize("rest", [b"", b',"payload":null'])
def test_a_delivery_may_come_alone(rest: bytes) -> None:
    body = b'{"data":{"delivery":"0197e0a0-0000-7000-8000-000000000001"%s}}' % rest
    assert callable_protocol.decode(body) == Call(delivery=DELIVERY, payload=b"")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"data":null}',
        b'{"data":[]}',
        b'{"data":{}}',
        b'{"data":{"payload":null}}',
        b'{"data":{"delivery":7,"payload":{}}}',
        b'{"data":{"delivery":"7","payload":{}}}',
        b'{"data":{"delivery":"\xff","payload":{}}}',
        b'{"data":{"payload":{}}',
        b'{"payload":{}}',
        b"\xff",
        b"[" * 100_000,
        b'{"data":{"payload":' + b"}" * 100_000 + b"x",
    ],
)
def test_anything_else_is_unreadable(body: bytes) -> None:
    with pytest.raises(CallUnreadable):
        callable_protocol.decode(body)


def test_answers_are_those_of_the_protocol() -> None:
    assert callable_protocol.result(delivery=DELIVERY, enqueued=True) == (
        b'{"result":{"delivery":"0197e0a0-0000-7000-8000-000000000001","enqueued":true}}'
    )
    assert callable_protocol.error(status="NOT_FOUND", message="No.") == (
        b'{"error":{"status":"NOT_FOUND","message":"No."}}'
    )


def test_a_call_of_several_holds_each_payload_as_it_is() -> None:
    payloads = {DELIVERY: PAYLOAD, ANOTHER: b' {"a": [1, "}}"]} '}

    body = callable_protocol.encode_group(payloads)

    members = [
        {"delivery": str(delivery), "payload": json.loads(payload)}
        for delivery, payload in payloads.items()
    ]
    assert json.loads(body) == {"data": {"deliveries": members}}
    assert callable_protocol.decode(body) == GroupCall(
        payloads={DELIVERY: PAYLOAD, ANOTHER: b'{"a": [1, "}}"]}'}
    )


def test_each_of_several_may_name_its_own_trace() -> None:
    payloads, own = {DELIVERY: b"{}", ANOTHER: b"[]"}, {ANOTHER: TRACE}
    body = callable_protocol.encode_group(payloads, own)
    assert TRACE.header.encode() in body
    assert callable_protocol.decode(body) == GroupCall(payloads=payloads, traces=own)


@pytest.mark.parametrize("odd", [b'"nonsense"', b"7", b"null", b"{}", b'["a"]', b'""'])
def test_a_trace_that_is_none_spoils_no_call(odd: bytes) -> None:
    member = b'{"delivery":"%s","traceparent":%s}' % (str(DELIVERY).encode(), odd)
    body = b'{"data":{"deliveries":[%s]}}' % member
    assert callable_protocol.decode(body) == GroupCall(payloads={DELIVERY: b""}, traces={})


@pytest.mark.parametrize("rest", [b"", b',"payload":null', b',"more":1'])
def test_each_of_several_may_come_without_its_payload(rest: bytes) -> None:
    body = b'{"data":{"deliveries":[{"delivery":"%s"%s}]}}' % (str(DELIVERY).encode(), rest)
    assert callable_protocol.decode(body) == GroupCall(payloads={DELIVERY: b""})


@pytest.mark.parametrize("deliveries", [b"[]", b"3", b"null", b'[{"delivery":"7"}]', b'{"a":[1]}'])
def test_what_another_gateway_says_beside_a_payload_makes_no_call_of_several(
    deliveries: bytes,
) -> None:
    """Whatever it has called so: the payload stays byte for byte."""
    body = b'{"data":{"payload":{"a": 1},"deliveries":%s}}' % deliveries
    assert callable_protocol.decode(body) == Call(delivery=None, payload=b'{"a": 1}')


def test_a_call_of_no_delivery_is_one_of_several() -> None:
    assert callable_protocol.decode(callable_protocol.encode_group({})) == GroupCall(payloads={})


@pytest.mark.parametrize(
    "deliveries",
    [
        b"3",
        b"null",
        b"{}",
        b"[null]",
        b"[{}]",
        b'[{"payload":{}}]',
        b'[{"delivery":"7","payload":{}}]',
        b'[{"delivery":null,"payload":{}}]',
        b'[{"delivery":"0197e0a0-0000-7000-8000-000000000001","payload":NaN}]',
        b"[%s]" % b",".join([b'{"delivery":"0197e0a0-0000-7000-8000-000000000001"}'] * 2),
        b'[{"delivery":"0197e0a0-0000-7000-8000-00000000000a","payload":{"x":1}},'
        b'{"delivery":"0197E0A0-0000-7000-8000-00000000000A","payload":{"y":2}}]',
        b"[%s]" % b",".join(b'{"delivery":"%s"}' % str(uuid4()).encode() for _ in range(101)),
    ],
)
def test_several_that_are_not_such_are_unreadable(deliveries: bytes) -> None:
    with pytest.raises(CallUnreadable):
        callable_protocol.decode(b'{"data":{"deliveries":%s}}' % deliveries)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"{}}",
        b'{"text":"\xff\xfe"}',
        b'{"text":"\x00\n"}',
        b'{"n":NaN}',
        b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"),
        b"[" * 50_000 + b"]" * 50_000,
        b'"%s"' % (b"x" * MOST_BYTES),
    ],
)
def test_what_not_everybody_reads_shares_no_call(payload: bytes) -> None:
    assert not callable_protocol.may_share(payload)


@pytest.mark.parametrize("payload", [PAYLOAD, b" {}\n", b'{"text":"ol\xc3\xa1"}', b"[1, 2]"])
def test_everything_else_may(payload: bytes) -> None:
    assert callable_protocol.may_share(payload)


def test_a_call_has_room_for_so_many_bytes_and_no_more() -> None:
    frame = callable_protocol.encode_group({DELIVERY: b"", ANOTHER: b""})
    rest = MOST_BYTES - len(frame)
    whole = {DELIVERY: b"x" * 7, ANOTHER: b"x" * (rest - 7)}
    assert callable_protocol.fitting(whole.items()) == whole
    assert len(callable_protocol.encode_group(whole)) == MOST_BYTES
    above = whole | {ANOTHER: b"x" * (rest - 6)}
    assert list(callable_protocol.fitting(above.items())) == [DELIVERY]
    assert list(callable_protocol.fitting(whole.items(), {ANOTHER: TRACE})) == [DELIVERY]


def test_a_call_has_room_for_so_many_deliveries_and_no_more() -> None:
    many = {uuid4(): b"{}" for _ in range(MOST_TOGETHER + 1)}
    fitting = callable_protocol.fitting(many.items())
    assert list(fitting) == [*many][:MOST_TOGETHER]
    body = callable_protocol.encode_group(fitting)
    assert callable_protocol.decode(body) == GroupCall(payloads=fitting)


def test_what_may_share_a_call_is_read_in_one_however_deep_it_is() -> None:
    """Also by whoever has a deeper stack than we. How deep that is differs between Pythons."""
    refused = bisect_left(range(100_000), True, key=lambda depth: not may_share(depth))
    assert 500 < refused < 100_000
    for depth in range(refused - 300, refused):
        assert may_share(depth)
        body = callable_protocol.encode_group({DELIVERY: nested(depth), ANOTHER: b"{}"})
        assert deeper(100, partial(callable_protocol.decode, body)) is not None


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def may_share(depth: int) -> bool:
    return callable_protocol.may_share(nested(depth))


def deeper(frames: int, call: Callable[[], object]) -> object:
    return deeper(frames - 1, call) if frames else call()


def test_the_answer_says_of_each_what_became_of_it() -> None:
    said = [
        Taken(delivery=DELIVERY, enqueued=False),
        Taken(delivery=ANOTHER, error=Error(status="UNAVAILABLE", message="Later.")),
    ]

    body = callable_protocol.group_result(said)

    assert body == (
        b'{"result":{"deliveries":['
        b'{"delivery":"0197e0a0-0000-7000-8000-000000000001","enqueued":false},'
        b'{"delivery":"0197e0a0-0000-7000-8000-000000000002",'
        b'"error":{"status":"UNAVAILABLE","message":"Later."}}]}}'
    )
    assert callable_protocol.taken(body) == {each.delivery: each for each in said}
