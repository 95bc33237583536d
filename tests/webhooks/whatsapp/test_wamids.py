"""The message's own key, which all of its ids have in common."""

import re
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import samples
from tests.examples import examples
from webhooks.whatsapp.wamids import key_of, short_key

BY_NUMBER = "wamid.HBgMMjAxMDAwMDAwMDAxFQIAERgSM0EwMDAwMDAwMDAwMDBCMDAxAA=="
BY_USER_ID = "wamid.HBgTRUcuMTAwMDAwMDAwMDAwMDAwMhUUABEYEjNBMDAwMDAwMDAwMDAwQjAwMQA="


def made(key: str, *, head: bytes = b"\x1c\x18", end: bytes = b"\x00", length: int = 0) -> str:
    """An id with this key."""
    size = bytes([length or len(key)])
    raw = head + b"\x0b15550001234\x15\x02\x00\x12\x18" + size + key.encode() + end
    return f"wamid.{b64encode(raw).decode()}"


@pytest.mark.parametrize(
    ("message_id", "key"),
    [
        (BY_NUMBER, "3A000000000000B001"),
        (BY_USER_ID, "3A000000000000B001"),
        ("wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBI0QUQ2MjA4NEYyRkExNjMyREUA", "4AD62084F2FA1632DE"),
        (made("3a" * 10), "3A" * 10),
        (made("F0" * 16), "F0" * 16),
        (made("F0" * 16).replace("+", "-").replace("/", "_"), "F0" * 16),
    ],
)
def test_keys(message_id: str, key: str) -> None:
    """In capitals, whoever is embedded beside it."""
    assert key_of(message_id) == key
    short = short_key(message_id)
    assert short is not None
    assert short % 2**64 == int(key[-16:], 16)


@pytest.mark.parametrize(
    "message_id",
    [
        "",
        "wamid.",
        "wamid.OUT",
        "wamid.a/b+1==",
        "wamid.é",
        "ABGGFlA5Fpa",
        BY_NUMBER.removeprefix("wamid."),
        made("3A" * 7),
        made("3A" * 33),
        made("3G" * 10),
        made("1_" * 10),
        made("0x" + "1" * 15),
        made("0X" + "1" * 16),
        made(" " + "1" * 16),
        made("+" + "1" * 16),
        made("3A" * 10, length=18),
        made("3A" * 10, head=b"\x1c\x19"),
        made("3A" * 10, end=b"\x01"),
        made("3A" * 10, end=b""),
    ],
)
def test_ids_of_another_form_have_none(message_id: str) -> None:
    """So each has only itself."""
    assert (key_of(message_id), short_key(message_id)) == ("", None)


@examples(100)
@given(st.text(max_size=80) | st.binary(max_size=80).map(lambda raw: b64encode(raw).decode()))
def test_any_words(words: str) -> None:
    """Nothing raises, and what is short fits a column of eight bytes."""
    short = short_key(f"wamid.{words}")
    assert short is None or -(2**63) <= short < 2**63


@examples(200)
@given(
    st.text("0123456789abcdefABCDEF", min_size=15, max_size=64)
    | st.text(st.characters(codec="ascii"), min_size=16, max_size=64)
    # What Python takes for a number in other places.
    | st.builds(
        "{}{}{}".format,
        st.sampled_from(["", "0x", "0X", " ", "+", "-", "0_"]),
        st.text("0123456789abcdef", min_size=14, max_size=20),
        st.sampled_from(["", "\n", " ", "_1"]),
    )
)
def test_any_key(key: str) -> None:
    """What is in the place of a key is one if it is hexadecimal digits alone; nothing raises."""
    is_key = re.fullmatch("[0-9A-Fa-f]{16,64}", key) is not None
    assert key_of(made(key)) == (key.upper() if is_key else "")
    assert (short_key(made(key)) is not None) is is_key


@examples(100)
@given(st.integers(0, 10**15), st.booleans())
def test_samples_have_keys(serial: int, outbound: bool) -> None:
    """Whoever is embedded."""
    one = samples.wamid("447700900101", serial, outbound=outbound)
    other = samples.wamid("GB.1", serial, outbound=outbound)
    assert one != other
    assert key_of(one) == key_of(other) != ""
