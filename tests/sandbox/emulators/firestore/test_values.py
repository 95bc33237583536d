"""Values: what is stored comes back as it was."""

import math
from datetime import UTC, datetime
from functools import reduce
from typing import Any

import pytest
from google.api_core.datetime_helpers import DatetimeWithNanoseconds
from google.api_core.exceptions import InvalidArgument
from google.cloud.firestore import Client, GeoPoint

from tests.sandbox.emulators.firestore.calls import ONCE, path, read

VALUES: dict[str, Any] = {
    "null": None,
    "true": True,
    "zero": 0,
    "greatest": 2**63 - 1,
    "least": -(2**63),
    "double": 0.1,
    "infinite": -math.inf,
    "text": "👍🏽 \u0000 \u202e é",
    "no text": "",
    "bytes": b"\x00\xff",
    "no bytes": b"",
    "array": [1, "a", None, {"x": []}],
    "no array": [],
    "map": {"a": {"b": {}}},
    "no map": {},
    "geo": GeoPoint(1.5, -2.5),
    "first time": datetime(1, 1, 1, tzinfo=UTC),
    "last time": datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
}


def test_every_kind_of_value_comes_back(client: Client) -> None:
    client.document("values/1").set(VALUES, **ONCE)
    assert read(client, "values/1") == VALUES


def test_a_reference_comes_back(client: Client) -> None:
    target = client.document("values/2")
    client.document("values/1").set({"to": target}, **ONCE)
    assert read(client, "values/1") == {"to": target}


def test_numbers_keep_their_type_and_sign(client: Client) -> None:
    client.document("values/1").set({"i": 2, "d": 2.0, "z": -0.0, "n": math.nan}, **ONCE)
    fields = read(client, "values/1")
    assert fields is not None
    assert [type(fields["i"]), type(fields["d"])] == [int, float]
    assert math.copysign(1, fields["z"]) == -1
    assert math.isnan(fields["n"])


def test_times_keep_microseconds_and_no_more(client: Client) -> None:
    moment = datetime(2025, 6, 8, 20, 59, 43, 123456, tzinfo=UTC)
    exact = DatetimeWithNanoseconds(2025, 6, 8, 20, 59, 43, nanosecond=123456789, tzinfo=UTC)
    client.document("values/1").set({"at": moment, "exact": exact, "in": [exact]}, **ONCE)
    fields = read(client, "values/1")
    assert fields is not None
    times = [fields["at"], fields["exact"], fields["in"][0]]
    assert times == [moment] * 3
    assert [time.timestamp_pb().nanos for time in times] == [123456000] * 3


def test_a_document_may_be_empty(client: Client) -> None:
    client.document("values/1").set({}, **ONCE)
    snapshot = client.document("values/1").get(**ONCE)
    assert (snapshot.exists, snapshot.to_dict()) == (True, {})


@pytest.mark.parametrize("name", ["US.1", "a b", "é", "a`b", "\\", "1a", " ", "a-b", "👍"])
def test_odd_names_of_fields_are_written_read_and_removed(client: Client, name: str) -> None:
    document = client.document("values/1")
    document.set({"m": {name: 1, "other": 2}}, **ONCE)
    document.update({path("m", name): 3}, **ONCE)
    assert read(client, "values/1") == {"m": {name: 3, "other": 2}}
    shown = document.get([path("m", name)], **ONCE).to_dict()
    assert shown == {"m": {name: 3}}


def test_only_the_asked_fields_are_shown(client: Client) -> None:
    client.document("values/1").set({"a": 1, "b": {"c": 2, "d": 3}}, **ONCE)
    snapshot = client.document("values/1").get(["b.c", "none"], **ONCE)
    assert snapshot.to_dict() == {"b": {"c": 2}}


def nested(levels: int) -> dict[str, Any]:
    return reduce(lambda inner, _: {"m": inner}, range(levels), {"end": 1})


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"a": [[1]]}, id="array in array"),
        pytest.param({"__a__": 1}, id="reserved name"),
        pytest.param({"m": {"__a__": 1}}, id="reserved name in map"),
        pytest.param({"k" * 1501: 1}, id="long name"),
        pytest.param(nested(21), id="21 maps"),
    ],
)
def test_fields_that_no_document_may_have(client: Client, fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument):
        client.document("values/1").set(fields, **ONCE)
    assert read(client, "values/1") is None


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"_a_": 1, "__a": 2}, id="underscores"),
        pytest.param({"k" * 1500: 1}, id="long name"),
        pytest.param(nested(20), id="20 maps"),
        pytest.param({"a": [{"b": [1]}]}, id="array in map in array"),
    ],
)
def test_fields_that_a_document_may_just_have(client: Client, fields: dict[str, Any]) -> None:
    client.document("values/1").set(fields, **ONCE)
    assert read(client, "values/1") == fields
