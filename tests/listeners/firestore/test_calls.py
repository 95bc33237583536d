"""Firestore is asked as Google's own client asks: path, headers and message."""

from collections.abc import Callable
from typing import Any

import pytest
from google.cloud.firestore import Client, FieldFilter, Or
from google.cloud.firestore import Query as GooglesQuery
from google.cloud.firestore_v1 import types

from listeners.firestore.calls import Calls
from listeners.firestore.client import FirestoreClient
from listeners.firestore.queries import Query
from tests.wire import Asked, wire

IDS = ["wamid.1", "wamid.2"]
FIELDS = ["whatsappMessageId", "createdAt"]
NEWEST = "createdAt"
ASKED: dict[str, tuple[Query, Callable[[Client], Any]]] = {
    "a collection": (
        Query(collection="whatsapp/lease/15550783881"),
        lambda client: client.collection("whatsapp/lease/15550783881"),
    ),
    "all of a name": (
        Query(collection="chatMessages", everywhere=True, any_of={"whatsappMessageId": IDS}),
        lambda client: client.collection_group("chatMessages").where(
            filter=FieldFilter("whatsappMessageId", "in", IDS)
        ),
    ),
    "either of two fields": (
        Query(collection="whatsapp", any_of={"driverMobileNumber": IDS, "driverUserId": IDS}),
        lambda client: client.collection("whatsapp").where(
            filter=Or(
                [
                    FieldFilter("driverMobileNumber", "in", IDS),
                    FieldFilter("driverUserId", "in", IDS),
                ]
            )
        ),
    ),
    "the newest": (
        Query(collection="a/b/c", newest_by=NEWEST, skip=20, limit=10),
        lambda client: (
            client.collection("a/b/c")
            .order_by(NEWEST, direction=GooglesQuery.DESCENDING)
            .offset(20)
            .limit(10)
        ),
    ),
}


def asked_by_both(
    monkeypatch: pytest.MonkeyPatch,
    ours: Callable[[Calls], object],
    googles: Callable[[Client], object],
) -> list[Asked]:
    with wire() as asked:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", asked.host)
        client = FirestoreClient(project="test", database="ancillary").connected()
        ours(Calls(client))
        googles(client)
        client.close()
        return asked.calls


@pytest.mark.parametrize("name", ASKED)
def test_a_query(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    query, googles = ASKED[name]
    first, second = asked_by_both(
        monkeypatch,
        lambda calls: calls.query(query.parent, query.message(FIELDS), seconds=5.0),
        lambda client: list(googles(client).select(FIELDS).stream(timeout=5.0, retry=None)),
    )
    assert first.path == "/google.firestore.v1.Firestore/RunQuery"
    assert first == second


def test_a_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "projects/test/databases/ancillary/documents/a/b"
    document = types.Document(name=name, fields={"c": types.Value(integer_value=1)})
    write = types.Write(update=document)
    first, second = asked_by_both(
        monkeypatch,
        lambda calls: calls.commit([types.Write.pb(write)], seconds=5.0),
        _commit,
    )
    assert first.path == "/google.firestore.v1.Firestore/Commit"
    assert first == second


def _commit(client: Client) -> None:
    batch = client.batch()
    batch.set(client.document("a/b"), {"c": 1})
    batch.commit(timeout=5.0, retry=None)
