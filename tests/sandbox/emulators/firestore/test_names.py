"""Names: which ids there can be, and what keeps databases apart."""

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud.firestore import Client

from tests.sandbox.emulators.firestore.calls import ONCE, read
from tests.sandbox.emulators.firestore.conftest import Connect

LONG = pytest.mark.parametrize(
    "document_id", [pytest.param("x" * 1501, id="ascii"), pytest.param("é" * 751, id="utf-8")]
)


@pytest.mark.parametrize("document_id", [".", "..", "__x__", "__.__"])
def test_an_id_that_no_document_can_have(client: Client, document_id: str) -> None:
    with pytest.raises(InvalidArgument):
        client.collection("chats").document(document_id).create({}, **ONCE)
    with pytest.raises(InvalidArgument):
        client.collection("chats").document(document_id).get(**ONCE)


@LONG
def test_an_id_that_is_too_long_is_not_written_and_not_found(
    client: Client, document_id: str
) -> None:
    with pytest.raises(InvalidArgument):
        client.collection("chats").document(document_id).create({}, **ONCE)
    assert not client.collection("chats").document(document_id).get(**ONCE).exists


@pytest.mark.parametrize("collection_id", [".", "..", "__x__", "x" * 1501])
def test_an_id_that_no_collection_can_have(client: Client, collection_id: str) -> None:
    with pytest.raises(InvalidArgument):
        client.collection(collection_id).document("1").create({}, **ONCE)


@pytest.mark.parametrize(
    "document_id",
    [
        "...",
        "__",
        "____",
        "___",
        "__x",
        "x__",
        " ",
        "\n",
        "wamid.HBgL%2F%2B=",
        "é" * 750,
        "x" * 1500,
    ],
)
def test_an_id_that_a_document_may_have(client: Client, document_id: str) -> None:
    client.collection("chats").document(document_id).create({"a": 1}, **ONCE)
    assert client.collection("chats").document(document_id).get(**ONCE).to_dict() == {"a": 1}


def test_databases_and_projects_are_kept_apart(connect: Connect, project: str) -> None:
    first = connect(database="main")
    others = [
        connect(database="ancillary"),
        connect(database="(default)"),
        connect(database="main", project=f"{project}-other"),
    ]
    first.document("chats/1").set({"in": "main"}, **ONCE)
    assert [read(other, "chats/1") for other in others] == [None] * 3
    assert [list(other.collection("chats").stream(**ONCE)) for other in others] == [[]] * 3
    for number, other in enumerate(others):
        other.document("chats/1").create({"in": number}, **ONCE)
    assert [read(one, "chats/1") for one in (first, *others)] == [
        {"in": "main"},
        {"in": 0},
        {"in": 1},
        {"in": 2},
    ]
