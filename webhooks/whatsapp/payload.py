"""A payload as Meta sent it: bytes read into typed changes, whatever the bytes are."""

from dataclasses import dataclass

import msgspec

from visn_whatsapp.explained import Explained
from webhooks.whatsapp import salvage, tolerant
from webhooks.whatsapp.envelope import MESSAGES, WHATSAPP, Change, Envelope
from webhooks.whatsapp.salvage import Part, Unreadable

_ENVELOPE = msgspec.json.Decoder(Envelope)
_CHANGE = msgspec.json.Decoder(Change)


class Verdict(Explained):
    """What a delivery is as a whole."""

    READABLE = "readable", "A WhatsApp payload; its items are read one by one."
    MALFORMED = "malformed", "JSON, but without the envelope that every payload of Meta has."
    NOT_WHATSAPP = "not_whatsapp", "A payload of another product than WhatsApp."
    NOT_JSON = "not_json", "Not JSON at all."


@dataclass(frozen=True, kw_only=True, slots=True)
class Payload:
    """All changes of a payload, in its order, and what could not be read in their place."""

    verdict: Verdict
    parts: tuple[Part, ...] = ()


def parse(raw: bytes) -> Payload:
    """Reads any bytes; what is odd is set aside in its place, and nothing raises.

    The fast reader does it for nearly all that Meta is known to send. NUL is the one thing it lets
    through that PostgreSQL would refuse.
    """
    if b"\\u0000" not in raw:
        try:
            return parse_fast(raw)
        except (ValueError, RecursionError):
            pass
    return parse_tolerantly(raw)


def parse_fast(raw: bytes) -> Payload:
    """Reads well-formed JSON; a change with an odd item is read again, item by item.

    Raises ValueError (msgspec.DecodeError, UnicodeDecodeError, tolerant.NotJsonError) or
    RecursionError for what only the tolerant reader may take.
    """
    envelope = _ENVELOPE.decode(raw)
    parts: list[Part] = []
    for entry in envelope.entry or ():
        account_id = entry.id or ""
        if entry.changes is None:
            parts.append((account_id, Unreadable("changes")))
        else:
            parts += [(account_id, _change(change)) for change in entry.changes]
    if envelope.entry is None:
        parts.append(("", Unreadable("entry")))
    return _payload(envelope.object, parts)


def parse_tolerantly(raw: bytes) -> Payload:
    """Reads all that can be taken for JSON, at some thirty times the cost."""
    try:
        tree = tolerant.load(raw)
    except tolerant.NotJsonError:
        return Payload(verdict=Verdict.NOT_JSON)
    return _payload(*salvage.parts(tree))


def _change(raw: msgspec.Raw) -> Change | Unreadable:
    try:
        change = _CHANGE.decode(raw)
    except (ValueError, RecursionError):
        change = None
    if change is None or _says_nothing(change):
        return salvage.change(tolerant.load(bytes(raw)))
    return change


def _says_nothing(change: Change) -> bool:
    """Whether it is of the field messages and has no item, so that its keys have to tell."""
    value = change.value
    if value is None or change.field != MESSAGES:
        return False
    return not (value.messages or value.statuses or value.errors)


def _payload(product: str | None, parts: list[Part]) -> Payload:
    return Payload(verdict=_verdict(product, parts), parts=tuple(parts))


def _verdict(product: str | None, parts: list[Part]) -> Verdict:
    if product and product != WHATSAPP:
        return Verdict.NOT_WHATSAPP
    first = parts[0][1] if parts else None
    if isinstance(first, Unreadable) and first.name in ("envelope", "entry"):
        return Verdict.MALFORMED
    return Verdict.READABLE
