"""Queries find their documents by an index: a hundred times the documents, about the same time."""

import time
import uuid

from sandbox.emulators.firestore.messages import (
    CommitRequest,
    Document,
    RunQueryRequest,
    StructuredQuery,
    Value,
    Write,
)
from sandbox.emulators.firestore.service import FirestoreService

DATABASE = "projects/test/databases/main"


def filled(documents: int) -> FirestoreService:
    service = FirestoreService()
    writes = [
        Write(
            update=Document(
                name=f"{DATABASE}/documents/chats/{uuid.uuid4()}/messages/{number}",
                fields={"id": Value(string_value=f"wamid.{number}")},
            )
        )
        for number in range(documents)
    ]
    service.commit(CommitRequest(database=DATABASE, writes=writes))
    return service


def query_time(service: FirestoreService) -> float:
    """Returns the seconds of the fastest of several queries, each with one document found."""
    times = []
    for number in range(30):
        field = StructuredQuery.FieldFilter(
            field=StructuredQuery.FieldReference(field_path="id"),
            op=StructuredQuery.FieldFilter.Operator.EQUAL,
            value=Value(string_value=f"wamid.{number}"),
        )
        query = StructuredQuery(
            from_=[
                StructuredQuery.CollectionSelector(collection_id="messages", all_descendants=True)
            ],
            where=StructuredQuery.Filter(field_filter=field),
        )
        request = RunQueryRequest(parent=f"{DATABASE}/documents", structured_query=query)
        started = time.perf_counter()
        answers = service.query(request)
        times.append(time.perf_counter() - started)
        assert [bool(answer.document.name) for answer in answers] == [True]
    return min(times)


def test_a_query_does_not_read_all_documents() -> None:
    few, many = query_time(filled(50)), query_time(filled(5000))
    assert many < 10 * few
