"""Queries: equality and `in`, collections and collection groups."""

import math
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from google.api_core.exceptions import FailedPrecondition, InvalidArgument
from google.cloud.firestore import Client, CollectionReference, GeoPoint, Query
from google.cloud.firestore_v1.base_query import And, FieldFilter, Or

from tests.sandbox.emulators.firestore.calls import ONCE, found, ids, path, where

MOMENT = datetime(2025, 6, 8, 20, 59, 43, 123456, tzinfo=UTC)
LATER = MOMENT.replace(microsecond=123457)
RECORDS: dict[str, dict[str, Any]] = {
    "a": {"active": True, "n": 1, "number": "16505551234", "at": MOMENT, "m": {"US.1": 1}},
    "b": {"active": False, "n": 2.0, "number": "+16505551234", "at": LATER, "m": {"a b": 1}},
    "c": {"active": True, "n": 3, "number": None, "at": MOMENT, "m": {"é`\\": 1}, "b": b"x"},
    "d": {"active": 1, "n": math.nan, "list": [1, "x"], "geo": GeoPoint(1, 2), "m": {}},
}


@pytest.fixture
def records(client: Client) -> CollectionReference:
    """A collection of records."""
    collection = client.collection("whatsapp/lease/15550783881")
    for document_id, fields in RECORDS.items():
        collection.document(document_id).set(fields, **ONCE)
    client.document("whatsapp/lease/447700900123/other").set(RECORDS["a"], **ONCE)
    return collection


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("active", True, ["a", "c"]),
        ("active", 1, ["d"]),
        ("n", 1, ["a"]),
        ("n", 1.0, ["a"]),
        ("n", 2, ["b"]),
        ("n", math.nan, ["d"]),
        ("n", "1", []),
        ("number", "16505551234", ["a"]),
        ("number", "", []),
        ("number", None, ["c"]),
        ("missing", None, []),
        ("at", MOMENT, ["a", "c"]),
        ("at", LATER, ["b"]),
        ("b", b"x", ["c"]),
        ("list", [1.0, "x"], ["d"]),
        ("list", [1], []),
        ("geo", GeoPoint(1, 2), ["d"]),
        ("m", {}, ["d"]),
        ("m", {"US.1": 1}, ["a"]),
        (path("m", "US.1"), 1, ["a"]),
        (path("m", "a b"), 1, ["b"]),
        (path("m", "é`\\"), 1, ["c"]),
        ("m.US", 1, []),
        ("number.x", 1, []),
    ],
)
def test_equality(
    records: CollectionReference, field: str, value: object, expected: list[str]
) -> None:
    assert where(records, field, "==", value) == expected


@pytest.mark.parametrize(
    ("field", "values", "expected"),
    [
        ("n", [1, 2, 9], ["a", "b"]),
        ("n", [1, 1.0], ["a"]),
        ("n", list(range(30)), ["a", "b", "c"]),
        ("number", ["16505551234", None], ["a"]),
        ("number", [None], []),
        ("active", [True, 1], ["a", "c", "d"]),
        ("at", [LATER], ["b"]),
    ],
)
def test_in(
    records: CollectionReference, field: str, values: list[object], expected: list[str]
) -> None:
    assert where(records, field, "in", values) == expected


@pytest.mark.parametrize("values", [list(range(31)), []])
def test_in_takes_one_to_thirty_values(records: CollectionReference, values: list[int]) -> None:
    with pytest.raises(InvalidArgument):
        where(records, "n", "in", values)


@pytest.mark.parametrize("operator", ["EQUAL", "IN"])
def test_null_is_found_by_its_own_filter_alone(client: Client, operator: str) -> None:
    """The client spells a comparison with null so; another need not."""
    client.document("chats/a").set({"at": None}, **ONCE)
    client.document("chats/b").set({"at": math.nan}, **ONCE)
    null = {"null_value": 0}
    value = null if operator == "EQUAL" else {"array_value": {"values": [null]}}
    compared = {"field": {"field_path": "at"}, "op": operator, "value": value}
    assert found(client, {"where": {"field_filter": compared}}) == []
    assert where(client.collection("chats"), "at", "==", None) == ["a"]


def test_filters_are_joined_by_and(records: CollectionReference) -> None:
    active, number = FieldFilter("active", "==", True), FieldFilter("n", "in", [2, 3])
    assert ids(records.where(filter=active).where(filter=number)) == ["c"]
    assert ids(records.where(filter=And([active, number]))) == ["c"]
    assert ids(records.where(filter=active).where(filter=FieldFilter("active", "==", False))) == []


def test_combinations_of_in_are_limited_together(records: CollectionReference) -> None:
    both = records.where(filter=FieldFilter("n", "in", list(range(10))))
    assert where(both, "at", "in", [MOMENT, LATER]) == ["a", "b", "c"]
    with pytest.raises(InvalidArgument):
        where(both, "number", "in", ["1", "2", "3", "4"])


def test_filters_are_joined_by_or(records: CollectionReference) -> None:
    number = FieldFilter("number", "in", ["16505551234", "+16505551234"])
    third, odd = FieldFilter("n", "==", 3), FieldFilter("n", "==", math.nan)
    assert ids(records.where(filter=Or([number, third]))) == ["a", "b", "c"]
    assert ids(records.where(filter=Or([number, Or([third, odd])]))) == ["a", "b", "c", "d"]
    assert ids(records.where(filter=Or([FieldFilter("n", "==", 1), number]))) == ["a", "b"]
    active = FieldFilter("active", "==", True)
    assert ids(records.where(filter=active).where(filter=Or([number, odd]))) == ["a"]
    assert (
        ids(records.where(filter=Or([FieldFilter("n", "==", 9), FieldFilter("at", "==", 9)]))) == []
    )


def test_what_is_joined_by_or_is_limited_together(records: CollectionReference) -> None:
    some = FieldFilter("n", "in", list(range(20)))
    most = FieldFilter("number", "in", ["16505551234", *map(str, range(9))])
    assert ids(records.where(filter=Or([some, most]))) == ["a", "b", "c"]
    more = FieldFilter("number", "in", ["16505551234", *map(str, range(10))])
    with pytest.raises(InvalidArgument):
        ids(records.where(filter=Or([some, more])))


@pytest.mark.parametrize("value", ["x" * 1500, b"x" * 1501, ["x", "x" * 1500]])
def test_a_value_that_is_too_long_to_ask_for(records: CollectionReference, value: object) -> None:
    operator = "in" if isinstance(value, list) else "=="
    with pytest.raises(InvalidArgument):
        where(records, "number", operator, value)


def test_a_long_value_that_may_be_asked_for(records: CollectionReference) -> None:
    assert where(records, "number", "==", "x" * 1499) == []
    assert where(records, "number", "==", b"x" * 1500) == []


def test_an_index_follows_the_documents(records: CollectionReference) -> None:
    assert where(records, "n", "==", 1) == ["a"]
    records.document("a").update({"n": 5}, **ONCE)
    records.document("b").update({"n": 1}, **ONCE)
    records.document("c").delete(**ONCE)
    records.document("e").create({"n": 1}, **ONCE)
    assert where(records, "n", "==", 1) == ["b", "e"]
    assert where(records, "n", "in", [3, 5]) == ["a"]


def test_a_collection_is_read_in_the_order_of_ids(client: Client) -> None:
    order = [" ", "1", "10", "2", "B", "a", "b", "~", "é", "\ufffc", "👍"]
    for document_id in reversed(order):
        client.collection("chats").document(document_id).set({}, **ONCE)
    chats = client.collection("chats")
    assert ids(chats) == order
    assert ids(chats.order_by("__name__")) == order
    assert ids(chats.limit(3)) == order[:3]
    assert ids(chats.offset(9)) == order[9:]
    assert (
        ids(chats.order_by("__name__").start_after({"__name__": chats.document("b")}))
        == (order[7:])
    )
    assert ids(chats.order_by("__name__").start_at({"__name__": chats.document("b")})) == order[6:]


@pytest.mark.parametrize(
    ("direction", "expected"),
    [(Query.ASCENDING, ["a", "c", "b"]), (Query.DESCENDING, ["b", "c", "a"])],
)
def test_a_time_gives_the_order(
    records: CollectionReference, direction: str, expected: list[str]
) -> None:
    ordered = records.order_by("at", direction=direction)
    assert ids(ordered) == expected
    assert ids(ordered.limit(2)) == expected[:2]
    assert ids(ordered.where(filter=FieldFilter("active", "==", True))) == [
        each for each in expected if each != "b"
    ]


def test_the_order_of_ids_cannot_be_turned_round(records: CollectionReference) -> None:
    with pytest.raises(FailedPrecondition):
        ids(records.order_by("__name__", direction=Query.DESCENDING))


def test_an_empty_collection_is_empty(client: Client) -> None:
    assert ids(client.collection("chats")) == []
    assert ids(client.collection("chats").limit(0)) == []


def test_a_limit_comes_after_the_filters(records: CollectionReference) -> None:
    active = records.where(filter=FieldFilter("active", "==", True))
    assert [ids(active.limit(number)) for number in (1, 2, 3)] == [["a"], ["a", "c"], ["a", "c"]]


def test_only_the_selected_fields_are_shown(records: CollectionReference) -> None:
    query = records.where(filter=FieldFilter("n", "==", 1))
    (snapshot,) = query.select(["number", path("m", "US.1"), "missing"]).stream(**ONCE)
    assert snapshot.to_dict() == {"number": "16505551234", "m": {"US.1": 1}}
    assert snapshot.update_time == records.document("a").get(**ONCE).update_time
    (nothing,) = query.select([]).stream(**ONCE)
    assert (nothing.id, nothing.to_dict()) == ("a", {})


CHATS = {
    "A/enquiries/1": ["m1", "m2"],
    "A/enquiries/2": ["m3"],
    "B/enquiries/1": ["m1"],
}


@pytest.fixture
def chats(client: Client) -> list[str]:
    """Chat messages of three enquiries; each holds a message with the same id of Meta's."""
    for enquiry, messages in CHATS.items():
        chat = client.collection(f"leasecompany/{enquiry}/whatsapp/messages/chatMessages")
        for message in messages:
            chat.document(message).set({"whatsappMessageId": f"wamid.{message}"}, **ONCE)
    client.document("chatMessages/top").set({"whatsappMessageId": "wamid.m1"}, **ONCE)
    return [
        f"leasecompany/{enquiry}/whatsapp/messages/chatMessages/{message}"
        for enquiry, messages in CHATS.items()
        for message in messages
    ]


def paths(query: Any) -> list[str]:
    return [snapshot.reference.path for snapshot in query.stream(**ONCE)]


def test_a_collection_group_reaches_everywhere(client: Client, chats: list[str]) -> None:
    group = client.collection_group("chatMessages")
    assert paths(group) == ["chatMessages/top", *chats]
    first = paths(group.where(filter=FieldFilter("whatsappMessageId", "==", "wamid.m1")))
    assert first == ["chatMessages/top", chats[0], chats[3]]
    several = FieldFilter("whatsappMessageId", "in", ["wamid.m2", "wamid.m3", "wamid.none"])
    assert paths(group.where(filter=several)) == [chats[1], chats[2]]


def test_a_collection_group_below_a_document_has_no_filter_and_no_order(
    client: Client, chats: list[str]
) -> None:
    below = partial(found, client, below="/leasecompany/A", collection="chatMessages", group=True)
    field = {"field_path": "whatsappMessageId"}
    assert chats
    assert below({}) == ["m1", "m2", "m3"]
    with pytest.raises(InvalidArgument):
        below({"order_by": [{"field": field}]})
    with pytest.raises(InvalidArgument):
        below({"where": {"unary_filter": {"op": "IS_NULL", "field": field}}})


def test_a_collection_does_not_reach_into_its_namesakes(client: Client, chats: list[str]) -> None:
    one = client.collection("leasecompany/A/enquiries/1/whatsapp/messages/chatMessages")
    assert where(one, "whatsappMessageId", "in", ["wamid.m1", "wamid.m3"]) == ["m1"]
    assert where(client.collection("chatMessages"), "whatsappMessageId", "==", "wamid.m1") == [
        "top"
    ]


def test_a_collection_group_sorts_segment_by_segment(client: Client) -> None:
    order = ["a/1/b/2/chat/z", "a/1/chat/y", "a/1-/chat/y", "a/10/chat/a", "chat/x", "z/1/chat/a"]
    for name in reversed(order):
        client.document(f"g/0/{name}").set({}, **ONCE)
    assert paths(client.collection_group("chat")) == [f"g/0/{name}" for name in order]


def test_several_documents_are_got_at_once(records: CollectionReference, client: Client) -> None:
    wanted = [records.document(one) for one in ("a", "none", "b", "a")]
    snapshots = {one.id: one.exists for one in client.get_all(wanted, **ONCE)}
    assert snapshots == {"a": True, "none": False, "b": True}
    assert len(list(client.get_all([records.document(str(n)) for n in range(300)], **ONCE))) == 300


def test_documents_are_listed_with_those_that_only_lead_further(
    client: Client, chats: list[str]
) -> None:
    client.document("leasecompany/C").set({}, **ONCE)
    listed = client.collection("leasecompany").list_documents(page_size=2, **ONCE)
    assert [reference.path for reference in listed] == [
        "leasecompany/A",
        "leasecompany/B",
        "leasecompany/C",
    ]
