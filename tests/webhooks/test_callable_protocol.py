"""The callable protocol, on bytes alone."""

import json
from uuid import UUID

import pytest

from webhooks import callable_protocol
from webhooks.callable_protocol import Call, CallUnreadable
from webhooks.whatsapp import tolerant

DELIVERY = UUID("0197e0a0-0000-7000-8000-000000000001")
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
