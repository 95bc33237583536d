"""Which refusal a commit gets that deserves several: shapes first, then write by write."""

import math
from datetime import timedelta
from functools import reduce
from typing import Any

import pytest
from google.api_core.exceptions import (
    AlreadyExists,
    FailedPrecondition,
    GoogleAPICallError,
    InvalidArgument,
    NotFound,
)
from google.cloud.firestore import Client, WriteBatch
from google.cloud.firestore_v1.types import DocumentTransform, Value

from tests.sandbox.emulators.firestore.calls import ONCE, read

DEEP: dict[str, Any] = reduce(lambda inner, _: {"m": inner}, range(22), {})
MISSHAPEN: dict[str, dict[str, Any]] = {
    "an array in an array": {"a": [[1]]},
    "a reserved name": {"__x__": 1},
    "a reserved name inside": {"m": {"__x__": 1}},
    "a name that is too long": {"x" * 1501: 1},
    "a string that is too long": {"s": "x" * 1_048_488},
    "too many maps in maps": DEEP,
}
TOO_LARGE = {"p": "x" * 500_000, "q": "x" * 548_550}


def exists_already(client: Client, batch: WriteBatch) -> None:
    client.document("chats/there").set({}, **ONCE)
    batch.create(client.document("chats/there"), {})


def is_missing(client: Client, batch: WriteBatch) -> None:
    batch.update(client.document("chats/missing"), {"a": 1})


def is_beaten(client: Client, batch: WriteBatch) -> None:
    document = client.document("chats/changed")
    version = document.set({"a": 1}, **ONCE).update_time
    document.set({"a": 2}, **ONCE)
    batch.update(document, {"a": 3}, option=client.write_option(last_update_time=version))


def is_from_the_future(client: Client, batch: WriteBatch) -> None:
    document = client.document("chats/future")
    version = document.set({"a": 1}, **ONCE).update_time + timedelta(seconds=1)
    batch.update(document, {"a": 3}, option=client.write_option(last_update_time=version))


UNMET = {
    "exists": (exists_already, AlreadyExists),
    "missing": (is_missing, NotFound),
    "beaten": (is_beaten, FailedPrecondition),
    "from the future": (is_from_the_future, InvalidArgument),
}


@pytest.mark.parametrize("first", [True, False], ids=["shape first", "shape last"])
@pytest.mark.parametrize("unmet", [exists_already, is_missing, is_beaten])
@pytest.mark.parametrize("fields", MISSHAPEN.values(), ids=MISSHAPEN.keys())
def test_a_shape_is_looked_at_before_any_precondition(
    client: Client, fields: dict[str, Any], unmet: Any, first: bool
) -> None:
    batch = client.batch()
    if first:
        batch.set(client.document("chats/odd"), fields)
    unmet(client, batch)
    if not first:
        batch.set(client.document("chats/odd"), fields)
    with pytest.raises(InvalidArgument):
        batch.commit(**ONCE)
    assert read(client, "chats/odd") is None


@pytest.mark.parametrize("unmet", [exists_already, is_missing, is_beaten])
def test_a_shape_is_looked_at_before_the_precondition_of_the_same_write(
    client: Client, unmet: Any
) -> None:
    batch = client.batch()
    unmet(client, batch)
    [write] = batch._write_pbs
    write.update.fields["a"] = Value(array_value={"values": [{"array_value": {}}]})
    with pytest.raises(InvalidArgument):
        batch.commit(**ONCE)


MISSHAPEN_VALUES: dict[str, dict[str, Any]] = {
    "of no kind": {},
    "a latitude beyond the pole": {"geo_point_value": {"latitude": 90.1}},
    "no latitude": {"geo_point_value": {"latitude": math.nan}},
    "a longitude beyond the date line": {"geo_point_value": {"longitude": -180.1}},
    "a time after the year 9999": {"timestamp_value": {"seconds": 253_402_300_800}},
    "more nanoseconds than a second has": {"timestamp_value": {"nanos": 1_000_000_000}},
    "nanoseconds before the second": {"timestamp_value": {"nanos": -1}},
    "a reference to nothing": {"reference_value": "chats/1"},
    "a reference to a collection": {"reference_value": "projects/p/databases/d/documents/chats"},
    "an element of no kind": {"map_value": {"fields": {"a": {"array_value": {"values": [{}]}}}}},
    "a reserved name inside": {"map_value": {"fields": {"__x__": {"null_value": 0}}}},
}


def raw(value: dict[str, Any]) -> Any:
    """The value as it is sent, which the client's own wrapper might not let through."""
    return Value.pb()(**value)


@pytest.mark.parametrize("unmet", [None, is_missing])
@pytest.mark.parametrize("place", ["field", "append_missing_elements", "remove_all_from_array"])
@pytest.mark.parametrize("value", MISSHAPEN_VALUES.values(), ids=MISSHAPEN_VALUES.keys())
def test_a_value_that_is_none_is_refused_wherever_it_stands(
    client: Client, value: dict[str, Any], place: str, unmet: Any
) -> None:
    batch = client.batch()
    if unmet is not None:
        unmet(client, batch)
    batch.set(client.document("chats/odd"), {})
    write = batch._write_pbs[-1]._pb
    if place == "field":
        write.update.fields["a"].CopyFrom(raw(value))
    else:
        transform = write.update_transforms.add(field_path="a")
        getattr(transform, place).values.add().CopyFrom(raw(value))
    with pytest.raises(InvalidArgument):
        batch.commit(**ONCE)
    assert read(client, "chats/odd") is None


FieldTransform = DocumentTransform.FieldTransform
ONE = FieldTransform(field_path="n", increment=Value(integer_value=1))
MISSHAPEN_TRANSFORMS: dict[str, list[Any]] = {
    "of no kind": [FieldTransform(field_path="n")],
    "of no field": [FieldTransform(increment=Value(integer_value=1))],
    "of a field that cannot be": [FieldTransform(field_path="a..b", increment=ONE.increment)],
    "an increment by words": [FieldTransform(field_path="n", increment=Value(string_value="1"))],
    "an increment by null": [FieldTransform(field_path="n", increment=Value(null_value=0))],
    "no value of the server": [FieldTransform(field_path="n", set_to_server_value=0)],
    "a field and one in it": [ONE, FieldTransform(field_path="n.a", increment=ONE.increment)],
    "a field in one that follows": [
        FieldTransform(field_path="n.a.b", set_to_server_value=1),
        ONE,
    ],
}


@pytest.mark.parametrize("unmet", [None, is_missing])
@pytest.mark.parametrize("transforms", MISSHAPEN_TRANSFORMS.values(), ids=MISSHAPEN_TRANSFORMS)
def test_a_transform_that_is_none_is_refused_before_any_precondition(
    client: Client, transforms: list[Any], unmet: Any
) -> None:
    batch = client.batch()
    if unmet is not None:
        unmet(client, batch)
    batch.set(client.document("chats/odd"), {})
    batch._write_pbs[-1].update_transforms.extend(transforms)
    with pytest.raises(InvalidArgument):
        batch.commit(**ONCE)
    assert read(client, "chats/odd") is None


def test_fields_side_by_side_and_one_field_twice_are_transformed(client: Client) -> None:
    batch = client.batch()
    batch.set(client.document("chats/1"), {})
    by_one = [FieldTransform(field_path=name, increment=ONE.increment) for name in ("a.b", "a.c")]
    batch._write_pbs[-1].update_transforms.extend([*by_one, ONE, ONE])
    batch.commit(**ONCE)
    assert read(client, "chats/1") == {"a": {"b": 1, "c": 1}, "n": 2}


@pytest.mark.parametrize("second", UNMET)
@pytest.mark.parametrize("first", UNMET)
def test_preconditions_are_looked_at_in_their_order(
    client: Client, first: str, second: str
) -> None:
    if first == second:
        return
    batch = client.batch()
    for name in (first, second):
        UNMET[name][0](client, batch)
    with pytest.raises(GoogleAPICallError) as refusal:
        batch.commit(**ONCE)
    assert type(refusal.value) is UNMET[first][1]


@pytest.mark.parametrize("unmet", UNMET)
def test_precondition_and_size_of_each_write_are_looked_at_in_their_order(
    client: Client, unmet: str
) -> None:
    unmet_first, large_first = client.batch(), client.batch()
    UNMET[unmet][0](client, unmet_first)
    unmet_first.set(client.document("chats/large"), TOO_LARGE)
    with pytest.raises(GoogleAPICallError) as refusal:
        unmet_first.commit(**ONCE)
    assert type(refusal.value) is UNMET[unmet][1]
    assert "1048576" not in refusal.value.message.replace(",", "")

    large_first.set(client.document("chats/large"), TOO_LARGE)
    large_first._write_pbs += unmet_first._write_pbs[:1]
    with pytest.raises(InvalidArgument) as refused:
        large_first.commit(**ONCE)
    assert "1048576" in refused.value.message.replace(",", "")


def test_a_precondition_is_looked_at_before_the_size_of_the_same_document(client: Client) -> None:
    with pytest.raises(NotFound):
        client.document("chats/missing").update(TOO_LARGE, **ONCE)


def test_what_is_misshapen_and_too_large_is_misshapen(client: Client) -> None:
    batch = client.batch()
    batch.set(client.document("chats/large"), TOO_LARGE)
    batch.set(client.document("chats/odd"), {"a": [[1]]})
    with pytest.raises(InvalidArgument) as refusal:
        batch.commit(**ONCE)
    assert "1048576" not in refusal.value.message.replace(",", "")
