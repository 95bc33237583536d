"""Commits: preconditions, increments, order, all or nothing."""

import itertools
import threading
from datetime import timedelta
from typing import Any

import pytest
from google.api_core.exceptions import (
    AlreadyExists,
    FailedPrecondition,
    GoogleAPICallError,
    InvalidArgument,
    NotFound,
)
from google.cloud.firestore import (
    DELETE_FIELD,
    SERVER_TIMESTAMP,
    ArrayRemove,
    ArrayUnion,
    Client,
    Increment,
    WriteBatch,
)
from google.cloud.firestore_v1.types import Precondition

from tests.sandbox.emulators.firestore.calls import ONCE, path, read


def test_a_document_is_created_once(client: Client) -> None:
    client.document("chats/1").create({"text": "first"}, **ONCE)
    with pytest.raises(AlreadyExists):
        client.document("chats/1").create({"text": "second"}, **ONCE)
    assert read(client, "chats/1") == {"text": "first"}


def test_an_update_needs_a_document(client: Client) -> None:
    with pytest.raises(NotFound):
        client.document("chats/1").update({"text": "new"}, **ONCE)
    assert read(client, "chats/1") is None


def test_an_update_changes_the_named_fields_only(client: Client) -> None:
    document = client.document("chats/1")
    document.set({"a": 1, "b": {"c": 2, "d": 3}, "e": 4}, **ONCE)
    document.update({"b.c": 5, "e": DELETE_FIELD, "b.f.g": 6}, **ONCE)
    assert read(client, "chats/1") == {"a": 1, "b": {"c": 5, "d": 3, "f": {"g": 6}}}


def test_a_field_below_something_that_is_no_map_replaces_it(client: Client) -> None:
    document = client.document("chats/1")
    document.set({"a": "text"}, **ONCE)
    document.update({"a.b": 1}, **ONCE)
    assert read(client, "chats/1") == {"a": {"b": 1}}


def test_dots_in_names_nest_unless_they_are_quoted(client: Client) -> None:
    document = client.document("chats/1")
    document.set({"clock": {}}, **ONCE)
    document.update({"clock.US.1": "nested", path("clock", "US.1"): "quoted"}, **ONCE)
    assert read(client, "chats/1") == {"clock": {"US": {"1": "nested"}, "US.1": "quoted"}}


def test_set_replaces_and_merges(client: Client) -> None:
    document = client.document("chats/1")
    document.set({"a": 1, "b": 2}, **ONCE)
    document.set({"b": 3}, **ONCE)
    assert read(client, "chats/1") == {"b": 3}
    document.set({"c": {"d": 4}}, merge=True, **ONCE)
    assert read(client, "chats/1") == {"b": 3, "c": {"d": 4}}


def test_a_version_that_was_read_may_be_written_once(client: Client) -> None:
    document = client.document("chats/1")
    document.set({"count": 0}, **ONCE)
    version = document.get(**ONCE).update_time
    option = client.write_option(last_update_time=version)
    document.update({"count": 1}, option=option, **ONCE)
    with pytest.raises(FailedPrecondition):
        document.update({"count": 2}, option=option, **ONCE)
    assert read(client, "chats/1") == {"count": 1}


def test_a_version_of_a_missing_document_is_no_version(client: Client) -> None:
    version = client.document("chats/other").set({}, **ONCE).update_time
    option = client.write_option(last_update_time=version)
    with pytest.raises(FailedPrecondition):
        client.document("chats/1").update({"count": 1}, option=option, **ONCE)


def test_a_version_later_than_the_stored_one_is_invalid(client: Client) -> None:
    document = client.document("chats/1")
    version = document.set({"count": 0}, **ONCE).update_time
    option = client.write_option(last_update_time=version + timedelta(milliseconds=1))
    with pytest.raises(InvalidArgument):
        document.update({"count": 1}, option=option, **ONCE)


def test_a_deletion_obeys_its_preconditions(client: Client) -> None:
    document = client.document("chats/1")
    with pytest.raises(NotFound):
        document.delete(option=client.write_option(exists=True), **ONCE)
    document.delete(**ONCE)
    version = document.set({"a": 1}, **ONCE).update_time
    document.set({"a": 2}, **ONCE)
    with pytest.raises(FailedPrecondition):
        document.delete(option=client.write_option(last_update_time=version), **ONCE)
    document.delete(option=client.write_option(exists=True), **ONCE)
    assert read(client, "chats/1") is None


@pytest.mark.parametrize(
    ("stored", "by", "expected"),
    [
        pytest.param({}, 2, 2, id="missing"),
        pytest.param({"count": 3}, 2, 5, id="integer"),
        pytest.param({"count": 3}, -5, -2, id="negative"),
        pytest.param({"count": 1.5}, 2, 3.5, id="double"),
        pytest.param({"count": 3}, 0.5, 3.5, id="integer by double"),
        pytest.param({"count": "three"}, 2, 2, id="text"),
        pytest.param({"count": None}, 1, 1, id="null"),
        pytest.param({"count": True}, 1, 1, id="boolean"),
        pytest.param({"count": [1]}, 1, 1, id="array"),
        pytest.param({"count": 2**63 - 1}, 1, 2**63 - 1, id="greatest"),
        pytest.param({"count": -(2**63)}, -1, -(2**63), id="least"),
    ],
)
def test_an_increment(client: Client, stored: dict[str, Any], by: float, expected: float) -> None:
    document = client.document("enquiries/1")
    document.set(stored, **ONCE)
    result = document.update({"count": Increment(by)}, **ONCE)
    fields = read(client, "enquiries/1")
    assert fields is not None
    assert (fields["count"], type(fields["count"])) == (expected, type(expected))
    kind = "double_value" if type(expected) is float else "integer_value"
    assert [getattr(one, kind) for one in result.transform_results] == [expected]


def test_an_increment_of_a_nested_field_makes_the_way(client: Client) -> None:
    client.document("enquiries/1").set({"a": 1}, **ONCE)
    client.document("enquiries/1").update({"b.c": Increment(1)}, **ONCE)
    assert read(client, "enquiries/1") == {"a": 1, "b": {"c": 1}}


def test_an_increment_of_a_missing_enquiry_makes_none(client: Client) -> None:
    with pytest.raises(NotFound):
        client.document("enquiries/1").update({"count": Increment(1)}, **ONCE)
    assert read(client, "enquiries/1") is None


def test_the_servers_time_has_milliseconds(client: Client) -> None:
    document = client.document("chats/1")
    updated_at = document.set({"at": SERVER_TIMESTAMP, "m": {"at": SERVER_TIMESTAMP}}, **ONCE)
    fields = read(client, "chats/1")
    assert fields is not None
    assert fields["at"] == fields["m"]["at"]
    assert fields["at"].timestamp_pb().nanos % 1_000_000 == 0
    age = updated_at.update_time - fields["at"]
    assert timedelta(0) <= age < timedelta(seconds=5)


def test_arrays_are_joined_and_parted(client: Client) -> None:
    document = client.document("chats/1")
    document.set({"a": [1, "x", None]}, **ONCE)
    result = document.update({"a": ArrayUnion([1.0, 2, 2, {"m": 1}]), "b": ArrayUnion([3])}, **ONCE)
    assert read(client, "chats/1") == {"a": [1, "x", None, 2, {"m": 1}], "b": [3]}
    assert len(result.transform_results) == 2
    document.update({"a": ArrayRemove([1, {"m": 1}]), "c": ArrayRemove([1])}, **ONCE)
    assert read(client, "chats/1") == {"a": ["x", None, 2], "b": [3], "c": []}


def test_several_writes_to_one_document_apply_in_their_order(client: Client) -> None:
    document = client.document("chats/1")
    batch = client.batch()
    batch.create(document, {"n": 1})
    batch.update(document, {"n": Increment(2)})
    batch.update(document, {"n": Increment(3), "x": 1})
    results = batch.commit(**ONCE)
    snapshot = document.get(**ONCE)
    assert snapshot.to_dict() == {"n": 6, "x": 1}
    assert snapshot.create_time == snapshot.update_time
    assert [result.update_time for result in results] == [snapshot.update_time] * 3


def test_a_document_deleted_and_set_in_one_commit_is_a_new_one(client: Client) -> None:
    document = client.document("chats/1")
    document.set({"a": 1, "b": 2}, **ONCE)
    created = document.get(**ONCE).create_time
    batch = client.batch()
    batch.delete(document)
    batch.set(document, {"n": Increment(1)})
    batch.commit(**ONCE)
    assert read(client, "chats/1") == {"n": 1}
    assert document.get(**ONCE).create_time > created


def create(batch: WriteBatch, document: Any) -> None:
    batch.create(document, {"by": "create"})


def update(batch: WriteBatch, document: Any) -> None:
    batch.update(document, {"by": "update"})


def replace(batch: WriteBatch, document: Any) -> None:
    batch.set(document, {"by": "set"})


def delete(batch: WriteBatch, document: Any) -> None:
    batch.delete(document)


WRITES = {"create": create, "update": update, "set": replace, "delete": delete}
CONTRADICTIONS = {
    ("create", "create"),
    ("update", "create"),
    ("set", "create"),
    ("delete", "update"),
}


def expected_refusal(first: str, second: str, *, exists: bool) -> type[GoogleAPICallError] | None:
    if (first, second) in CONTRADICTIONS:
        return InvalidArgument
    if first == "create" and exists:
        return AlreadyExists
    return NotFound if first == "update" and not exists else None


@pytest.mark.parametrize("exists", [False, True])
@pytest.mark.parametrize(("first", "second"), [*itertools.product(WRITES, WRITES)])
def test_two_writes_to_one_document(client: Client, first: str, second: str, exists: bool) -> None:
    document = client.document("chats/1")
    if exists:
        document.set({"by": "before"}, **ONCE)
    batch = client.batch()
    WRITES[first](batch, document)
    WRITES[second](batch, document)
    refusal = expected_refusal(first, second, exists=exists)
    if refusal is None:
        batch.commit(**ONCE)
        assert read(client, "chats/1") == (None if second == "delete" else {"by": second})
    else:
        with pytest.raises(refusal):
            batch.commit(**ONCE)
        assert read(client, "chats/1") == ({"by": "before"} if exists else None)


def test_one_version_may_be_asked_for_twice_but_not_two(client: Client) -> None:
    document = client.document("chats/1")
    version = document.set({"n": 0}, **ONCE).update_time
    option = client.write_option(last_update_time=version)
    batch = client.batch()
    batch.update(document, {"n": 1})
    batch.update(document, {"n": 2}, option=option)
    with pytest.raises(InvalidArgument):
        batch.commit(**ONCE)
    batch = client.batch()
    batch.update(document, {"n": 3}, option=option)
    batch.update(document, {"m": 4}, option=option)
    batch.commit(**ONCE)
    assert read(client, "chats/1") == {"n": 3, "m": 4}


@pytest.mark.parametrize("stale", [False, True])
@pytest.mark.parametrize("last", ["update", "set", "delete"])
@pytest.mark.parametrize("first", ["update", "delete"])
def test_a_version_is_asked_for_by_the_first_of_several_writes_alone(
    client: Client, first: str, last: str, stale: bool
) -> None:
    """What follows may ask for the same version once more, and for none."""
    document = client.document("chats/1")
    version = document.set({"by": "before"}, **ONCE).update_time
    if stale:
        document.set({"by": "another"}, **ONCE)
    option = client.write_option(last_update_time=version)
    batch = client.batch()
    WRITES[first](batch, document)
    batch._write_pbs[-1].current_document = Precondition(update_time=version)
    WRITES["set" if first == "delete" else "update"](batch, document)
    WRITES[last](batch, document)
    batch.delete(document, option=option)
    if stale:
        with pytest.raises(FailedPrecondition):
            batch.commit(**ONCE)
        assert read(client, "chats/1") == {"by": "another"}
    else:
        batch.commit(**ONCE)
        assert read(client, "chats/1") is None


def test_one_refused_write_refuses_all(client: Client) -> None:
    client.document("enquiries/1").set({"count": 1}, **ONCE)
    client.document("chats/taken").set({}, **ONCE)
    batch = client.batch()
    batch.create(client.document("chats/new"), {})
    batch.update(client.document("enquiries/1"), {"count": Increment(1)})
    batch.create(client.document("chats/taken"), {})
    with pytest.raises(AlreadyExists):
        batch.commit(**ONCE)
    assert read(client, "chats/new") is None
    assert read(client, "enquiries/1") == {"count": 1}


def test_a_write_that_changes_nothing_keeps_the_version(client: Client) -> None:
    document = client.document("chats/1")
    version = document.set({"a": 1, "nan": float("nan")}, **ONCE).update_time
    assert document.update({"a": 1}, **ONCE).update_time == version
    assert document.update({"a": Increment(0)}, **ONCE).update_time == version
    assert document.set({"a": 1, "nan": float("nan")}, **ONCE).update_time == version
    assert document.get(**ONCE).update_time == version
    assert document.update({"a": 1.0}, **ONCE).update_time != version


def test_overwriting_keeps_the_time_of_creation(client: Client) -> None:
    document = client.document("chats/1")
    document.set({"a": 1}, **ONCE)
    first = document.get(**ONCE)
    document.set({"a": 2}, **ONCE)
    second = document.get(**ONCE)
    assert second.create_time == first.create_time
    assert second.update_time > first.update_time


def test_an_empty_commit_is_none(client: Client) -> None:
    assert list(client.batch().commit(**ONCE)) == []


def test_increments_of_many_threads_add_up(client: Client) -> None:
    document = client.document("enquiries/1")
    document.set({"count": 0}, **ONCE)

    def increment() -> None:
        for _ in range(5):
            document.update({"count": Increment(1)}, timeout=20)

    threads = [threading.Thread(target=increment) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read(client, "enquiries/1") == {"count": 20}


def test_a_creation_with_its_increment_counts_once_however_often_it_is_tried(
    client: Client,
) -> None:
    client.document("enquiries/1").set({"count": 0}, **ONCE)
    refused: list[type[Exception]] = []

    def receive() -> None:
        batch = client.batch()
        batch.create(client.document("enquiries/1/chat/m1"), {"text": "hello"})
        batch.update(client.document("enquiries/1"), {"count": Increment(1)})
        try:
            batch.commit(**ONCE)
        except GoogleAPICallError as error:
            refused.append(type(error))

    threads = [threading.Thread(target=receive) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == [AlreadyExists] * 3
    assert read(client, "enquiries/1") == {"count": 1}
