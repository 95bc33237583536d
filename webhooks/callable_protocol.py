"""The Firebase callable protocol, in which a payload is handed from service to service.

A call is `{"data": {"delivery"?: uuid, "payload"?: …}}`, its answer `{"result": …}` or
`{"error": {"status": …, "message": …}}`, where the status is a word of google.rpc.Code.

Several may share one, `{"data": {"deliveries": [{"delivery": uuid, "traceparent"?: …, "payload"?:
…}, …]}}`, where each may name its own trace.
The answer, `{"result": {"deliveries": [{…}, …]}}`, says of each, by the id that the caller gave,
`{"delivery": uuid, "enqueued": bool}` or `{"delivery": uuid, "error": {…}}`. A call of none is a
probe, and its answer says nothing of none.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

import msgspec

from visn_whatsapp.traces import Trace, of_header
from visn_whatsapp.untrusted import uuid
from webhooks.tasks import MOST_TOGETHER
from webhooks.whatsapp import tolerant

MOST_BYTES = 1024 * 1024  # of a call of several

Payloads = Mapping[UUID, bytes]  # by their deliveries; each exactly as the caller has it
Traces = Mapping[UUID, Trace]  # of those of several that have one of their own


class CallUnreadable(ValueError):
    """The body is not a call; the words say why, and hold nothing of the body."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """What is handed over; at least one of the two is there."""

    delivery: UUID | None  # by which the caller's ledger knows the payload
    payload: bytes  # exactly as the caller has it; empty: none


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupCall:
    """Several deliveries that are handed over together."""

    payloads: Payloads  # empty bytes: it came without
    traces: Traces = field(default_factory=dict)


class Error(msgspec.Struct, frozen=True, kw_only=True):
    """What is said where something failed."""

    status: Annotated[str, msgspec.Meta(pattern="^[A-Z_]{1,40}$")]  # of google.rpc.Code
    message: str = ""


class Taken(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is said of one of several deliveries: one of the two."""

    delivery: UUID
    enqueued: bool | None = None  # whether a task was made; there is none if no event is open
    error: Error | None = None


class _Member(msgspec.Struct):
    delivery: UUID
    payload: msgspec.Raw = msgspec.Raw(b"")
    traceparent: Any = ""  # of whatever form: it spoils nothing


class _Data(msgspec.Struct):
    delivery: str | None = None
    payload: msgspec.Raw = msgspec.Raw(b"")
    deliveries: msgspec.Raw = msgspec.Raw(b"")  # of any form where it is a call of one


class _Body(msgspec.Struct):
    data: _Data


class _Said(msgspec.Struct):
    deliveries: list[Taken]


class _Answer(msgspec.Struct):
    result: _Said


class _Failure(msgspec.Struct):
    error: Error


_Members = Annotated[list[_Member], msgspec.Meta(max_length=MOST_TOGETHER)]
_DECODER = msgspec.json.Decoder(_Body)
_MEMBERS_DECODER = msgspec.json.Decoder(_Members)
_ANSWER_DECODER = msgspec.json.Decoder(_Answer)
_FAILURE_DECODER = msgspec.json.Decoder(_Failure)
_ANY_DECODER = msgspec.json.Decoder(msgspec.Raw)
_NO_TRACES: Traces = {}
_DEEPER = 200  # levels: the call around it, and the stack of whoever reads that

# The same, for payloads that only the tolerant reader takes for JSON, such as with invalid UTF-8.
_ODD_BODY = re.compile(
    rb'\s*\{\s*"data"\s*:\s*\{\s*'
    rb'(?:"delivery"\s*:\s*"(?P<delivery>[^"]*)"\s*,\s*)?'
    rb'"payload"\s*:\s*(?P<payload>.+)\}\s*\}\s*',
    re.DOTALL,
)


def encode(*, delivery: UUID, payload: bytes) -> bytes:
    """Returns the body of a call. The payload goes in as it is: parsing it again costs, and alters.

    Where the payload is no JSON, the body is none either; `decode` reads it all the same.
    """
    return b'{"data":%s}' % _member(delivery, payload)


def may_share(payload: bytes) -> bool:
    """Whether it may go in a call of several: small enough, and JSON to whoever reads the call."""
    if len(payload) >= MOST_BYTES:
        return False
    try:
        payload.decode()
        _ANY_DECODER.decode(payload)
        _ANY_DECODER.decode(b"[" * _DEEPER + payload + b"]" * _DEEPER)
    except (ValueError, RecursionError):
        return False
    return True


def fitting(payloads: Iterable[tuple[UUID, bytes]], traces: Traces = _NO_TRACES) -> Payloads:
    """Those that one call has room for, the first ones; each delivery once."""
    chosen: dict[UUID, bytes] = {}
    room = MOST_BYTES - len(encode_group(chosen, traces)) + 1  # the first has no comma before it
    for delivery, payload in payloads:
        needed = len(_member(delivery, payload, traces.get(delivery))) + 1
        if delivery not in chosen and needed <= room and len(chosen) < MOST_TOGETHER:
            chosen[delivery] = payload
            room -= needed
    return chosen


def encode_group(payloads: Payloads, traces: Traces = _NO_TRACES) -> bytes:
    """Returns the body of a call of several, each of which may share one."""
    members = b",".join(
        _member(delivery, payload, traces.get(delivery)) for delivery, payload in payloads.items()
    )
    return b'{"data":{"deliveries":[%s]}}' % members


def _member(delivery: UUID, payload: bytes, trace: Trace | None = None) -> bytes:
    own = b'"traceparent":"%s",' % trace.header.encode() if trace else b""
    return b'{"delivery":"%s",%s"payload":%s}' % (str(delivery).encode(), own, payload)


def decode(body: bytes) -> Call | GroupCall:
    """Reads the body of a call. Raises CallUnreadable."""
    delivery, payload, deliveries = _parts(body)
    call = Call(delivery=_uuid(delivery), payload=_given(payload))
    if call.delivery is not None or call.payload:
        return call
    if deliveries:
        return _group(deliveries)
    raise CallUnreadable("data holds neither a delivery nor a payload")


def _group(deliveries: bytes) -> GroupCall:
    try:
        members = _MEMBERS_DECODER.decode(deliveries)
    except (ValueError, RecursionError) as problem:
        raise CallUnreadable("deliveries are not such as can be handed over") from problem
    payloads = {each.delivery: _given(bytes(each.payload)) for each in members}
    if len(payloads) < len(members):
        raise CallUnreadable("deliveries name one twice")
    return GroupCall(payloads=payloads, traces=_traces(members))


def _traces(members: Iterable[_Member]) -> Traces:
    named = {each.delivery: each.traceparent for each in members}
    found = {key: of_header(said) for key, said in named.items() if isinstance(said, str)}
    return {delivery: trace for delivery, trace in found.items() if trace}


def _given(payload: bytes) -> bytes:
    return b"" if payload == b"null" else payload


def result(*, delivery: UUID, enqueued: bool) -> bytes:
    """Returns the answer to a call that succeeded."""
    return msgspec.json.encode({"result": {"delivery": delivery, "enqueued": enqueued}})


def group_result(taken: Iterable[Taken]) -> bytes:
    """Returns the answer to a call of several."""
    return msgspec.json.encode({"result": {"deliveries": list(taken)}})


def taken(answer: bytes) -> Mapping[UUID, Taken]:
    """What an answer with status 200 says of each of several; nothing, if it is another answer."""
    try:
        said = _ANSWER_DECODER.decode(answer).result.deliveries
    except (ValueError, RecursionError):
        return {}
    return {each.delivery: each for each in said if each.error or each.enqueued is not None}


def error(*, status: str, message: str) -> bytes:
    """Returns the answer to a call that failed."""
    return msgspec.json.encode({"error": Error(status=status, message=message)})


def error_in(answer: bytes) -> Error:
    """Returns what our own answer to a call that failed says."""
    return _FAILURE_DECODER.decode(answer).error


def _parts(body: bytes) -> tuple[str, bytes, bytes]:
    try:
        data = _DECODER.decode(body).data
    except (ValueError, RecursionError):
        return (*_odd_parts(body), b"")
    return data.delivery or "", bytes(data.payload), bytes(data.deliveries)


def _odd_parts(body: bytes) -> tuple[str, bytes]:
    odd = _ODD_BODY.fullmatch(body)
    if odd is not None and _is_json(odd["payload"]):
        return (odd["delivery"] or b"").decode(errors="replace"), odd["payload"].strip()
    return _tolerant_parts(body)


def _is_json(payload: bytes) -> bool:
    try:
        tolerant.load(payload)
    except tolerant.NotJsonError:
        return False
    return True


def _tolerant_parts(body: bytes) -> tuple[str, bytes]:
    """Of another gateway that writes a call in its own way: the payload as JSON of ours."""
    try:
        call = tolerant.load(body)
    except tolerant.NotJsonError as problem:
        raise CallUnreadable("the body is not JSON") from problem
    data = call.get("data") if isinstance(call, dict) else None
    if not isinstance(data, dict):
        raise CallUnreadable("the body is not a call")
    delivery, payload = data.get("delivery") or "", data.get("payload")
    if not isinstance(delivery, str):
        raise CallUnreadable("delivery is not a UUID")
    return delivery, b"" if payload is None else json.dumps(payload).encode()


def _uuid(text: str) -> UUID | None:
    found = uuid(text)
    if text and found is None:
        raise CallUnreadable("delivery is not a UUID")
    return found
