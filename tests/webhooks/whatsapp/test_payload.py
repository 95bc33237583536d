"""Reading bytes into a payload."""

import pytest

from sandbox import samples
from tests.webhooks.whatsapp.payloads import load
from webhooks.whatsapp.envelope import Change, SalvagedValue, Value
from webhooks.whatsapp.payload import Payload, Verdict, parse
from webhooks.whatsapp.reading import read
from webhooks.whatsapp.salvage import Unreadable


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("text", Verdict.READABLE),
        ("entry_empty", Verdict.READABLE),
        ("other_fields", Verdict.READABLE),
        ("odd_containers", Verdict.READABLE),
        ("lone_surrogate", Verdict.READABLE),
        ("envelope_is_a_list", Verdict.MALFORMED),
        ("envelope_without_entry", Verdict.MALFORMED),
        ("entry_is_an_object", Verdict.MALFORMED),
        ("other_product", Verdict.NOT_WHATSAPP),
        ("other_product_without_changes", Verdict.NOT_WHATSAPP),
        ("not_json", Verdict.NOT_JSON),
    ],
)
def test_verdicts(name: str, verdict: Verdict) -> None:
    """What a delivery is as a whole."""
    assert parse(load(name)).verdict == verdict


def test_a_payload_without_object_is_read() -> None:
    """Only the name of another product says that it is another product's."""
    raw = b'{"object":null,"entry":[{"id":"1","changes":[{"field":"messages"}]}]}'
    assert parse(raw) == Payload(
        verdict=Verdict.READABLE, parts=(("1", Change(field="messages", value=None)),)
    )


@pytest.mark.parametrize("raw", [b"", b"\x00", b"\xff\xfe\x00", b"nonsense", b"[" * 100_000])
def test_bytes_that_are_no_json(raw: bytes) -> None:
    """They have a verdict like everything else."""
    assert parse(raw) == Payload(verdict=Verdict.NOT_JSON)


@pytest.mark.parametrize("raw", [b"null", b"5", b'"x"', b"[]", b"NaN", b"true"])
def test_json_that_is_no_object(raw: bytes) -> None:
    """It has no envelope."""
    assert parse(raw) == Payload(verdict=Verdict.MALFORMED, parts=(("", Unreadable("envelope")),))


@pytest.mark.parametrize(
    "odd",
    [
        rb'"\ud83d"',
        rb'"\ude00"',
        b'"\xff"',
        b"NaN",
        b"1e999",
        b"9" * 6000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'"line\nbreak"',
    ],
    ids=["high", "low", "bytes", "nan", "float", "integer", "lists", "objects", "control"],
)
@pytest.mark.parametrize("key", [b"unknown", b"group_id", b"timestamp", b"text"])
def test_what_the_fast_reader_refuses_hides_no_sibling(odd: bytes, key: bytes) -> None:
    """The item before it and the change after it mean what they always mean."""
    before, after = samples.text(body="before"), samples.change(messages=[samples.text()])
    plain = samples.encode(
        samples.envelope(samples.entry(samples.change(messages=[before, {"odd": 1}]), after))
    )
    first, _, last = read(parse(plain))
    events = read(parse(plain.replace(b'"odd":1', b'"%s":%s' % (key, odd))))
    assert (events[0], len(events), events[2]) == (first, 3, last)


def test_only_the_odd_change_is_read_again() -> None:
    """One wrong type in a large delivery costs little: all other changes were read already."""
    changes = [samples.change(messages=[item]) for item in (samples.text(), 5, samples.text())]
    payload = parse(samples.encode(samples.envelope(samples.entry(*changes))))
    values = [part.value for _, part in payload.parts if isinstance(part, Change)]
    assert [type(value) for value in values] == [Value, SalvagedValue, Value]
