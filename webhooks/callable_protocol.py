"""The Firebase callable protocol, in which a payload is handed from service to service.

A call is `{"data": {"delivery"?: uuid, "payload"?: …}}`, its answer `{"result": …}` or
`{"error": {"status": …, "message": …}}`, where the status is a word of google.rpc.Code.
"""

import json
import re
from dataclasses import dataclass
from uuid import UUID

import msgspec

from visn_whatsapp.untrusted import uuid
from webhooks.whatsapp import tolerant


class CallUnreadable(ValueError):
    """The body is not a call; the words say why, and hold nothing of the body."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """What is handed over; at least one of the two is there."""

    delivery: UUID | None  # by which the caller's ledger knows the payload
    payload: bytes  # exactly as the caller has it; empty: none


class _Data(msgspec.Struct):
    delivery: str | None = None
    payload: msgspec.Raw = msgspec.Raw(b"")


class _Body(msgspec.Struct):
    data: _Data


_DECODER = msgspec.json.Decoder(_Body)

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
    return b'{"data":{"delivery":"%s","payload":%s}}' % (str(delivery).encode(), payload)


def decode(body: bytes) -> Call:
    """Reads the body of a call. Raises CallUnreadable."""
    delivery, payload = _parts(body)
    call = Call(delivery=_uuid(delivery), payload=b"" if payload == b"null" else payload)
    if call.delivery is None and not call.payload:
        raise CallUnreadable("data holds neither a delivery nor a payload")
    return call


def result(*, delivery: UUID, enqueued: bool) -> bytes:
    """Returns the answer to a call that succeeded."""
    return msgspec.json.encode({"result": {"delivery": delivery, "enqueued": enqueued}})


def error(*, status: str, message: str) -> bytes:
    """Returns the answer to a call that failed."""
    return msgspec.json.encode({"error": {"status": status, "message": message}})


def _parts(body: bytes) -> tuple[str, bytes]:
    try:
        data = _DECODER.decode(body).data
    except (ValueError, RecursionError):
        return _odd_parts(body)
    return data.delivery or "", bytes(data.payload)


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
