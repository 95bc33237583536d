"""Payloads for people to read, whatever the bytes are."""

import json

import pytest

from eventlog.questions.raw import MASK, excerpt, pretty
from sandbox import samples


def payload() -> bytes:
    """A payload with everything personal that Meta sends."""
    change = samples.change(
        messages=[samples.text(reply_to=samples.OUTBOUND_ID), samples.reaction()],
        statuses=[samples.status(word="failed", errors=[samples.FAILURE])],
        contacts=[samples.contact()],
    )
    return samples.encode(samples.envelope(samples.entry(change)))


def test_revealed_it_is_the_payload_indented() -> None:
    shown = pretty(payload(), revealed=True)
    assert json.loads(shown) == json.loads(payload())
    assert shown.startswith('{\n  "object": "whatsapp_business_account",\n')


@pytest.mark.parametrize(
    "personal",
    [
        samples.DRIVER_NUMBER,
        samples.DRIVER_USER_ID,
        samples.DRIVER_NAME,
        samples.TEXT_ID,
        samples.OUTBOUND_ID,
        "color",
        "\N{THUMBS UP SIGN}",
    ],
)
def test_masked_it_holds_nothing_personal(personal: str) -> None:
    assert personal in pretty(payload(), revealed=True)
    assert personal not in pretty(payload(), revealed=False)


def test_masked_it_still_shows_its_form() -> None:
    masked = json.loads(pretty(payload(), revealed=False))
    [entry] = masked["entry"]
    [change] = entry["changes"]
    assert change["field"] == "messages"
    assert change["value"]["metadata"]["display_phone_number"] == samples.LEASE_NUMBER
    assert change["value"]["messages"][0] == {
        "from": MASK,
        "from_user_id": MASK,
        "id": MASK,
        "timestamp": str(samples.TIMESTAMP),
        "context": {"from": MASK, "id": MASK},
        "type": "text",
        "text": {"body": MASK},
    }
    assert change["value"]["statuses"][0]["status"] == "failed"
    assert change["value"]["statuses"][0]["errors"][0]["code"] == 131049


@pytest.mark.parametrize(
    ("name", "value", "is_clear"),
    [
        ("status", "delivered", True),
        ("mime_type", "audio/ogg; codecs=opus", True),
        ("timestamp", "1749416383", True),
        ("code", 131049, True),
        ("display_phone_number", "+1 555-078-3881", True),
        ("phone_number_id", "106540352242922", True),
        ("timestamp", "447700900777", False),
        ("status", "call 447700900777", False),
        ("code", 447700900777, False),
        ("status", "call +44 7700 900 777", False),
        ("category", "4.4.7.7.0.0.9.0.0.7.7.7", False),
        ("type", "Ça va?", False),
        ("phone_number_id", "Sheena", False),
    ],
)
def test_masked_a_value_shows_only_if_it_looks_like_what_it_is(
    name: str, value: object, is_clear: bool
) -> None:
    shown = json.loads(pretty(json.dumps({name: value}).encode(), revealed=False))
    assert shown == {name: value if is_clear else MASK}


def test_names_of_fields_that_nobody_knows_are_masked_too() -> None:
    body = json.dumps({"16505551234": 1, "Sheena": {"Nelson": None}, "type": "x" * 65}).encode()
    assert json.loads(pretty(body, revealed=False)) == {
        f"{MASK}0": MASK,
        f"{MASK}1": {f"{MASK}0": None},
        "type": MASK,
    }


@pytest.mark.parametrize(
    ("body", "revealed", "masked"),
    [
        (b"", "", ""),
        (b"not json 16505551234", "not json 16505551234", ""),
        (b"\xff\xfe", "\N{REPLACEMENT CHARACTER}" * 2, ""),
        (b'"16505551234"', '"16505551234"', f'"{MASK}"'),
        (b"[" * 100_000, "[" * 100_000, ""),
        (b"9" * 5000, "9" * 5000, ""),
        (b"NaN", "NaN", f'"{MASK}"'),
    ],
)
def test_any_bytes_can_be_shown(body: bytes, revealed: str, masked: str) -> None:
    assert pretty(body, revealed=True) == revealed
    assert pretty(body, revealed=False).replace("\\u2022", "\u2022") == masked


def test_deep_nesting_is_cut_where_it_is_masked() -> None:
    body = b'{"entry":' * 500 + b"1" + b"}" * 500
    assert pretty(body, revealed=False).count("entry") < 50


def test_an_excerpt_can_always_be_encoded() -> None:
    assert excerpt("a\ud800\0b", 10).encode() == "a?\N{REPLACEMENT CHARACTER}b".encode()
    assert excerpt("abc", 2) == "ab"
