"""Firestore is asked as Google's own client asks: path, headers and message."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from google.cloud.firestore import Client, FieldFilter, Or
from google.cloud.firestore import Query as GooglesQuery
from google.cloud.firestore_v1 import types

from listeners.firestore.calls import Calls
from listeners.firestore.client import FirestoreClient
from listeners.firestore.queries import Beyond, Query
from tests.wire import Asked, wire

IDS = ["wamid.1", "wamid.2"]
FIELDS = ["whatsappMessageId", "createdAt"]
NEWEST = "createdAt"
BEYOND = Beyond(
    value=types.Value.serialize(types.Value(timestamp_value=datetime(2026, 3, 2, tzinfo=UTC))),
    name="projects/test/databases/ancillary/documents/a/b/c/d",
)


def _after(client: Client, direction: str, begins: str) -> GooglesQuery:
    found = client.collection("a/b/c").order_by(NEWEST, direction=direction)
    found = found.order_by("__name__", direction=direction).limit(10)
    begin: GooglesQuery = getattr(found, begins)(
        {NEWEST: datetime(2026, 3, 2, tzinfo=UTC), "__name__": client.document("a/b/c/d")}
    )
    return begin


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
        Query(collection="a/b/c", sorted_by=NEWEST, limit=10),
        lambda client: (
            client.collection("a/b/c")
            .order_by(NEWEST, direction=GooglesQuery.DESCENDING)
            .order_by("__name__", direction=GooglesQuery.DESCENDING)
            .limit(10)
        ),
    ),
    "the next after one": (
        Query(collection="a/b/c", sorted_by=NEWEST, ascending=True, beyond=BEYOND, limit=10),
        lambda client: _after(client, GooglesQuery.ASCENDING, "start_after"),
    ),
    "the ones before, with it": (
        Query(
            collection="a/b/c", sorted_by=NEWEST, beyond=replace(BEYOND, inclusive=True), limit=10
        ),
        lambda client: _after(client, GooglesQuery.DESCENDING, "start_at"),
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


def test_a_document(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = asked_by_both(
        monkeypatch,
        lambda calls: calls.get("a/b", FIELDS, seconds=5.0),
        _get,
    )
    assert first.path == "/google.firestore.v1.Firestore/BatchGetDocuments"
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


def _get(client: Client) -> None:
    with suppress(ValueError):  # the answer says neither that there is one nor that there is none
        client.document("a/b").get(FIELDS, timeout=5.0, retry=None)


def _commit(client: Client) -> None:
    batch = client.batch()
    batch.set(client.document("a/b"), {"c": 1})
    batch.commit(timeout=5.0, retry=None)
