"""Ordered queries: values of every kind, several fields, and cursors that resume them."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud.firestore import Client, CollectionReference, GeoPoint, Query
from google.cloud.firestore_v1.base_query import FieldFilter

from tests.sandbox.emulators.firestore.calls import ONCE, found, ids

MOMENT = datetime(2025, 6, 8, 20, 59, 43, 123456, tzinfo=UTC)
# In the order that Firestore gives them, whatever their ids are.
ORDERED: list[Any] = [
    None,
    False,
    True,
    math.nan,
    -math.inf,
    -(2**63),
    -1.5,
    0,
    0.5,
    1,
    2**53,
    2**53 + 1,
    2**63 - 1,
    math.inf,
    MOMENT,
    MOMENT + timedelta(microseconds=1),
    "",
    "10",
    "9",
    "A",
    "a",
    "a\0",
    "aa",
    "é",
    "\uffff",
    "👍",
    b"",
    b"\x00",
    b"a",
    GeoPoint(-1, 5),
    GeoPoint(1, 2),
    GeoPoint(1, 3),
    [],
    [1],
    [1, 2],
    [2],
    ["a"],
    {},
    {"a": 1},
    {"a": 1, "b": 0},
    {"a": 2},
    {"b": 0},
]


@pytest.fixture
def values(client: Client) -> CollectionReference:
    """A document for each value, and one without; their ids are in another order."""
    collection = client.collection("values")
    batch = client.batch()
    for serial, value in enumerate(ORDERED):
        batch.set(collection.document(f"{serial * 17 % 97:02}-{serial:02}"), {"at": value})
    batch.set(collection.document("without"), {"other": 1})
    batch.commit(**ONCE)
    return collection


def serials(query: Any) -> list[int]:
    return [int(name.split("-")[1]) for name in ids(query)]


def test_values_of_every_kind_have_an_order(values: CollectionReference) -> None:
    everything = list(range(len(ORDERED)))
    assert serials(values.order_by("at")) == everything
    backwards = values.order_by("at", direction=Query.DESCENDING)
    assert serials(backwards) == everything[::-1]
    assert serials(backwards.limit(5)) == everything[::-1][:5]


def test_references_come_between_bytes_and_places(client: Client) -> None:
    collection = client.collection("values")
    order = [b"x", client.document("a/1"), client.document("a/1/b/1"), client.document("a/2")]
    for serial, value in enumerate([*order, GeoPoint(0, 0)]):
        collection.document(str(9 - serial)).set({"at": value}, **ONCE)
    assert ids(collection.order_by("at")) == ["9", "8", "7", "6", "5"]


def test_numbers_that_are_equal_are_in_the_order_of_ids(client: Client) -> None:
    collection = client.collection("values")
    for name, value in (("c", 1), ("a", 1.0), ("b", 1), ("d", -0.0), ("e", 0)):
        collection.document(name).set({"at": value}, **ONCE)
    assert ids(collection.order_by("at")) == ["d", "e", "a", "b", "c"]
    assert ids(collection.order_by("at", direction=Query.DESCENDING)) == ["c", "b", "a", "e", "d"]


@pytest.mark.parametrize("direction", [Query.ASCENDING, Query.DESCENDING])
def test_a_query_is_resumed_after_any_document(values: CollectionReference, direction: str) -> None:
    ordered = values.order_by("at", direction=direction)
    snapshots = list(ordered.stream(**ONCE))
    names = [snapshot.id for snapshot in snapshots]
    for place in range(0, len(snapshots), 5):
        assert ids(ordered.start_after(snapshots[place]).limit(6)) == names[place + 1 : place + 7]
        assert ids(ordered.start_at(snapshots[place]).limit(2)) == names[place : place + 2]


@pytest.mark.parametrize("direction", [Query.ASCENDING, Query.DESCENDING])
def test_a_query_is_resumed_between_documents_of_one_time(client: Client, direction: str) -> None:
    collection = client.collection("chats")
    for name in "abcdef":
        collection.document(name).set({"at": MOMENT}, **ONCE)
    ordered = collection.order_by("at", direction=direction)
    names = ids(ordered)
    third = list(ordered.limit(3).stream(**ONCE))[-1]
    assert ids(ordered.start_after(third)) == names[3:]
    assert ids(ordered.start_at(third)) == names[2:]
    assert ids(ordered.start_after({"at": MOMENT})) == []
    assert ids(ordered.start_at({"at": MOMENT})) == names


def test_a_cursor_may_be_a_value_that_no_document_has(values: CollectionReference) -> None:
    ordered = values.order_by("at")
    assert serials(ordered.start_at({"at": 0.25}).limit(2)) == [8, 9]
    assert serials(ordered.start_after({"at": "zzz"}).limit(1)) == [ORDERED.index("é")]
    backwards = values.order_by("at", direction=Query.DESCENDING)
    assert serials(backwards.start_after({"at": 0.25}).limit(2)) == [7, 6]


def test_a_second_field_decides_between_equal_values(client: Client) -> None:
    collection: Any = client.collection("chats")
    for name, first, second in (("a", 2, 1), ("b", 1, 1), ("c", 1, 2), ("d", 2, 2), ("e", 1, 2)):
        collection.document(name).set({"first": first, "second": second}, **ONCE)
    collection.document("f").set({"first": 1}, **ONCE)
    mixed = collection.order_by("first").order_by("second", direction=Query.DESCENDING)
    assert ids(mixed) == ["e", "c", "b", "d", "a"]
    [after] = list(mixed.offset(1).limit(1).stream(**ONCE))
    assert ids(mixed.start_after(after)) == ["b", "d", "a"]
    assert ids(mixed.start_after({"first": 1, "second": 2})) == ["b", "d", "a"]


def test_an_order_and_a_cursor_come_with_filters(client: Client) -> None:
    collection = client.collection("chats")
    for serial in range(6):
        fields = {"at": MOMENT + timedelta(seconds=serial % 3), "even": serial % 2 == 0}
        collection.document(str(serial)).set(fields, **ONCE)
    even = collection.where(filter=FieldFilter("even", "==", True)).order_by("at")
    assert ids(even) == ["0", "4", "2"]
    [first] = list(even.limit(1).stream(**ONCE))
    assert ids(even.start_after(first)) == ["4", "2"]


def test_the_ids_can_be_turned_round_below_a_filter(client: Client) -> None:
    collection = client.collection("chats")
    for name in "abc":
        collection.document(name).set({"at": MOMENT}, **ONCE)
    equal = collection.where(filter=FieldFilter("at", "==", MOMENT))
    assert ids(equal.order_by("__name__", direction=Query.DESCENDING)) == ["c", "b", "a"]


def test_a_cursor_without_values_begins_before_or_after_everything(client: Client) -> None:
    client.document("chats/a").set({"at": MOMENT}, **ONCE)
    client.document("chats/b").set({"at": MOMENT}, **ONCE)
    assert found(client, {"start_at": {"before": True}}) == ["a", "b"]
    assert found(client, {"start_at": {"before": False}}) == []


AT = {"field": {"field_path": "at"}}
BY_NAME = {"field": {"field_path": "__name__"}}
REFUSED: dict[str, dict[str, Any]] = {
    "a cursor with more values than there are fields": {
        "order_by": [AT],
        "start_at": {"values": [{"integer_value": 1}, {"integer_value": 2}]},
    },
    "a cursor in no order": {
        "start_at": {"values": [{"reference_value": "projects/p/databases/main/documents/chats/a"}]}
    },
    "a cursor with no value": {"order_by": [AT], "start_at": {"values": [{}]}},
    "a cursor with no place": {
        "order_by": [AT],
        "start_at": {"values": [{"geo_point_value": {"latitude": 91}}]},
    },
    "a name that is no reference": {
        "order_by": [BY_NAME],
        "start_at": {"values": [{"integer_value": 1}]},
    },
    "one field twice": {"order_by": [AT, AT]},
    "a field after the name": {"order_by": [BY_NAME, AT]},
    "an offset below nothing": {"offset": -1},
    "a limit below nothing": {"limit": {"value": -1}},
}


@pytest.mark.parametrize("query", REFUSED.values(), ids=REFUSED.keys())
def test_an_order_that_is_none_is_refused(client: Client, query: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument):
        found(client, query)
