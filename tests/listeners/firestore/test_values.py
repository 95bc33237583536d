"""Values are written and read as Google's client writes and reads them."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from google.cloud.firestore_v1 import GeoPoint, types
from google.cloud.firestore_v1._helpers import decode_value, encode_value

from listeners.firestore.values import Unread, decode, encode

MOMENT = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC)
VALUES = {
    "text": "Is my car ready? 👍",
    "empty text": "",
    "nothing": None,
    "true": True,
    "false": False,
    "zero": 0,
    "least": -(2**63),
    "greatest": 2**63 - 1,
    "number": 0.1,
    "whole number": 1.0,
    "moment": MOMENT,
    "moment elsewhere": MOMENT.astimezone(timezone(timedelta(hours=5, minutes=45))),
    "moment before 1970": datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    "empty list": [],
    "list": ["a", 1, None, {"b": [2.5]}] * 2,
    "empty map": {},
    "map": {"": "no name", "a.b": {"c": MOMENT}, "d": [{}]},
}


@pytest.mark.parametrize("name", VALUES)
def test_a_value_is_googles(name: str) -> None:
    ours = types.Value.pb()()
    encode(VALUES[name], ours)
    googles = types.Value.pb(encode_value(VALUES[name]))
    assert ours.SerializeToString(deterministic=True) == googles.SerializeToString(
        deterministic=True
    )
    read = decode(ours)
    assert (read, type(read)) == (VALUES[name], type(VALUES[name]))


def test_bytes_are_read() -> None:
    assert decode(types.Value.pb(encode_value(b"\x00\xff"))) == b"\x00\xff"


def test_a_moment_is_read_to_the_microsecond() -> None:
    """Firestore has nothing finer; what an emulator sends is cut, as Google's client cuts it."""
    value = types.Value.pb()()
    value.timestamp_value.seconds, value.timestamp_value.nanos = 1, 123456999
    assert decode(value) == datetime(1970, 1, 1, 0, 0, 1, 123456, tzinfo=UTC)
    googles: Any = decode_value(types.Value.wrap(value), client=None)
    assert googles.microsecond == 123456


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (types.Value(reference_value="projects/a/databases/b/documents/c/d"), "reference_value"),
        (encode_value(GeoPoint(1.0, 2.0)), "geo_point_value"),
        (types.Value(), ""),
    ],
)
def test_what_means_nothing_here_says_what_it_is(value: types.Value, kind: str) -> None:
    """Inside of others, too; nobody asks where it leads."""
    inside = types.Value(
        map_value=types.MapValue(fields={"a": value, "b": types.Value(integer_value=1)})
    )
    assert decode(types.Value.pb(value)) == Unread(kind)
    assert decode(types.Value.pb(inside)) == {"a": Unread(kind), "b": 1}


@pytest.mark.parametrize("value", [object(), {1, 2}, b"", 2**63, "\ud800", {"a": [object()]}])
def test_what_no_document_holds_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        encode(value, types.Value.pb()())
