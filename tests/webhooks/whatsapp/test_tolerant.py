"""The tolerant reader of JSON."""

import codecs
import json
import math
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from webhooks.whatsapp.tolerant import MAX_DEPTH, NotJsonError, load, prune

MEGABYTE = 1_000_000


def nested(depth: int, core: str = "") -> str:
    """Lists in each other, as many as that."""
    return "[" * depth + core + "]" * depth


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (rb'"a\u0000b"', "a\ufffdb"),
        (b'"a\x00b"', "a\ufffdb"),
        (rb'"\ud83d"', "\ufffd"),
        (rb'"\udc4d\ud83d"', "\ufffd\ufffd"),
        (rb'"\ud83d\ud83d\udc4d"', "\ufffd👍"),
        (rb'"\ud83d\udc4d"', "👍"),
        (rb'"\\u0000"', r"\u0000"),
        (rb'{"a\u0000":[{"b":"\ud83d"}]}', {"a\ufffd": [{"b": "\ufffd"}]}),
        (b'"\xff"', "\ufffd"),
        (b'"\xed\xa0\xbd"', "\ufffd\ufffd\ufffd"),
        (b'"tab\there"', "tab\there"),
        (b"[1,-2.5,true,false,null]", [1, -2.5, True, False, None]),
        (b"9" * 30, 10**30 - 1),
        (b"9" * 5000, math.inf),
        (b"-" + b"9" * 5000, -math.inf),
        (b"[1e400,Infinity]", [math.inf, math.inf]),
    ],
)
def test_odd_values(raw: bytes, expected: object) -> None:
    """Each comes out as something that can be stored, or as infinity."""
    assert load(raw) == expected


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"])
def test_encodings(encoding: str) -> None:
    """With and without a byte order mark."""
    assert load('{"a":"ö"}'.encode(encoding)) == {"a": "ö"}


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"{} x", b'{"a":}', b"[1,]", b'"\\q"', b"\xff\xfe", codecs.BOM_UTF8]
)
def test_not_json(raw: bytes) -> None:
    """What is no JSON in any reading is refused with words that hold none of it."""
    with pytest.raises(NotJsonError, match=r"^the payload is not JSON$"):
        load(raw)


@pytest.mark.parametrize("levels", [MAX_DEPTH, MAX_DEPTH + 1, 900, 5000])
def test_deep_nesting_is_cut(levels: int) -> None:
    """Whether the standard library could have read it or not."""
    expected = json.loads(nested(MAX_DEPTH, "null" if levels > MAX_DEPTH else ""))
    assert load(nested(levels).encode()) == expected


def test_what_stands_beside_deep_nesting_is_kept() -> None:
    """Before it, after it and around it."""
    deep = nested(100_000)
    raw = f'{{"a":1,"deep":{deep},"b":[2,{deep},"]{deep}\\"]"]}}'.encode()
    cut = json.loads(nested(MAX_DEPTH - 1, "null"))
    inner = json.loads(nested(MAX_DEPTH - 2, "null"))
    assert load(raw) == {"a": 1, "deep": cut, "b": [2, inner, f']{deep}"]']}


def test_an_escaped_quote_ends_no_string() -> None:
    """The bracket after it is no bracket, and the list after the string is cut."""
    raw = rf'["\"[",{nested(100_000)}]'.encode()
    assert load(raw) == ['"[', json.loads(nested(MAX_DEPTH - 1, "null"))]


@examples(100)
@given(
    st.recursive(
        st.none() | st.integers() | st.text(r'[]{}"\,:', max_size=6),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.text('"\\[', max_size=2), inner, max_size=3)
        ),
        max_leaves=20,
    )
)
def test_shallow_json_is_not_pruned(tree: object) -> None:
    """Brackets and quotes inside strings are no brackets and quotes."""
    text = json.dumps(tree)
    assert prune(text) == text


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 3 * MEGABYTE,
        b'{"a":' * (3 * MEGABYTE // 5),
        nested(3 * MEGABYTE // 2).encode(),
        b'["' + b'\\"' * (3 * MEGABYTE // 2),
        b'"' * 3 * MEGABYTE,
        b"[" * 2000 + b"[]" * MEGABYTE,
        b"9" * 3 * MEGABYTE,
    ],
    ids=["open", "objects", "closed", "escapes", "quotes", "pairs", "digits"],
)
def test_hostile_payloads_take_linear_time(raw: bytes) -> None:
    """Three megabytes are read or refused quickly, measured in CPU time."""
    start = time.process_time()
    with suppress(NotJsonError):
        load(raw)
    assert time.process_time() - start < 2
