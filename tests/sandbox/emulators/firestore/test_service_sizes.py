"""Sizes: 1 MiB for a document, counted to the byte, and what one commit may hold."""

from typing import Any

import pytest
from google.api_core.exceptions import GoogleAPICallError, InvalidArgument
from google.cloud.firestore import SERVER_TIMESTAMP, ArrayUnion, Client, GeoPoint

from tests.sandbox.emulators.firestore.calls import ONCE, read

LARGEST = 1_048_576


def padded(padding: int, **fields: Any) -> dict[str, Any]:
    """Returns fields with two long strings, for one alone reaches its own limit first."""
    return {"p": "x" * 500_000, "q": "x" * (padding - 500_000), **fields}


def room(**costs: int) -> int:
    """Returns the padding that just fits into document /z/1 beside fields of these costs.

    The name takes 16 bytes and 1 more than each id, the document 32, each field its name and 1,
    each string 1 (https://cloud.google.com/firestore/docs/storage-size).
    """
    name, document, two_fields, two_strings = 16 + 2 + 2, 32, 4, 2
    others = sum(len(field.encode()) + 1 + cost for field, cost in costs.items())
    return LARGEST - name - document - two_fields - two_strings - others


@pytest.mark.parametrize(
    ("value", "cost"),
    [
        pytest.param(None, 1, id="null"),
        pytest.param(True, 1, id="boolean"),
        pytest.param(1, 8, id="integer"),
        pytest.param(1.5, 8, id="double"),
        pytest.param(SERVER_TIMESTAMP, 8, id="timestamp"),
        pytest.param("é", 3, id="text"),
        pytest.param(b"abc", 3, id="bytes"),
        pytest.param(GeoPoint(1, 1), 16, id="geo point"),
        pytest.param([], 1, id="no array"),
        pytest.param([1, None], 9, id="array"),
        pytest.param({}, 1, id="no map"),
        pytest.param({"a": {"bb": 1}}, 2 + 3 + 8, id="map"),
    ],
)
def test_a_document_may_have_a_mebibyte_and_no_byte_more(
    client: Client, value: object, cost: int
) -> None:
    largest = room(v=cost)
    client.document("z/1").set(padded(largest, v=value), **ONCE)
    with pytest.raises(InvalidArgument):
        client.document("z/2").set(padded(largest + 1, v=value), **ONCE)
    assert read(client, "z/2") is None


def test_a_transform_may_not_pass_the_limit_either(client: Client) -> None:
    document = client.document("z/1")
    document.set(padded(room(a=8), a=["x"]), **ONCE)
    with pytest.raises(InvalidArgument):
        document.update({"a": ArrayUnion(["y" * 8])}, **ONCE)
    fields = read(client, "z/1")
    assert fields is not None
    assert fields["a"] == ["x"]


def test_one_string_has_a_limit_of_its_own(client: Client) -> None:
    client.document("z/1").set({"s": "x" * 1_048_487}, **ONCE)
    with pytest.raises(InvalidArgument, match="is longer than 1048487 bytes"):
        client.document("z/1").set({"s": "x" * 1_048_488}, **ONCE)


def test_a_document_that_is_too_large_refuses_the_whole_commit(client: Client) -> None:
    batch = client.batch()
    batch.create(client.document("z/small"), {})
    batch.create(client.document("z/large"), padded(LARGEST))
    with pytest.raises(InvalidArgument):
        batch.commit(**ONCE)
    assert read(client, "z/small") is None


def fill(client: Client, *, documents: int, characters: int) -> None:
    batch = client.batch()
    for number in range(documents):
        batch.create(client.document(f"z/{number:04}"), {"text": "x" * characters})
    batch.commit(**ONCE)


def test_a_commit_may_hold_three_mebibytes(client: Client) -> None:
    fill(client, documents=30, characters=100_000)
    assert len(list(client.collection("z").select([]).stream(**ONCE))) == 30


def test_a_commit_may_hold_more_than_five_hundred_writes(client: Client) -> None:
    fill(client, documents=501, characters=10)
    assert len(list(client.collection("z").select([]).stream(**ONCE))) == 501


def test_a_commit_may_not_hold_eleven_mebibytes(client: Client) -> None:
    """Google's limit is 10 MiB and its emulator's 4, with RESOURCE_EXHAUSTED: known, not ours."""
    with pytest.raises(GoogleAPICallError) as refusal:
        fill(client, documents=11, characters=1024 * 1024 - 100)
    assert refusal.value.code in {400, 429}
    assert read(client, "z/0000") is None
