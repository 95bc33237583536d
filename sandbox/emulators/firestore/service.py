"""The methods of google.firestore.v1.Firestore that our clients call."""

import threading
from collections import defaultdict
from collections.abc import Sequence

from google.protobuf.empty_pb2 import Empty

from sandbox.emulators.firestore import queries, writes
from sandbox.emulators.firestore.documents import Database
from sandbox.emulators.firestore.listing import Listing
from sandbox.emulators.firestore.messages import (
    BatchGetDocumentsRequest,
    BatchGetDocumentsResponse,
    BeginTransactionRequest,
    BeginTransactionResponse,
    CommitRequest,
    CommitResponse,
    Document,
    ListDocumentsRequest,
    ListDocumentsResponse,
    RollbackRequest,
    RunQueryRequest,
    RunQueryResponse,
)
from sandbox.emulators.firestore.names import check_document, check_id, check_parent
from sandbox.emulators.firestore.times import Clock
from sandbox.emulators.firestore.transactions import Transaction, Transactions
from sandbox.emulators.firestore.values import FieldPath, field_path, find, put
from sandbox.emulators.rpc import Api, Limits, Method, unimplemented

LARGEST_REQUEST_BYTES = 10 * 1024 * 1024  # Google's; the official emulator takes 4 MiB
NAME_PATH = "__name__"  # asking for this field alone means: only the name

Request = (
    BatchGetDocumentsRequest | RunQueryRequest | ListDocumentsRequest
)  # those that may read in a transaction


class FirestoreService:
    """All databases of all projects: a name that nobody has used yet is an empty database."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._databases: defaultdict[str, Database] = defaultdict(Database)
        self._transactions = Transactions()
        self._clock = Clock()

    def api(self) -> Api:
        """Returns the methods by their names."""
        methods = {
            "BatchGetDocuments": Method(
                request=BatchGetDocumentsRequest, handle=self.get, streams=True
            ),
            "BeginTransaction": Method(request=BeginTransactionRequest, handle=self.begin),
            "Commit": Method(request=CommitRequest, handle=self.commit),
            "ListDocuments": Method(request=ListDocumentsRequest, handle=self.list),
            "Rollback": Method(request=RollbackRequest, handle=self.rollback),
            "RunQuery": Method(request=RunQueryRequest, handle=self.query, streams=True),
        }
        return Api(
            name="google.firestore.v1.Firestore",
            service="firestore",
            methods=methods,
            limits=Limits(request_bytes=LARGEST_REQUEST_BYTES),
        )

    def commit(self, request: CommitRequest) -> CommitResponse:
        """Applies all writes or none."""
        changes = writes.read(request.writes, database=request.database)
        with self._lock:
            database = self._databases[request.database]
            if request.transaction:
                transaction = self._transactions.get(request.transaction)
                self._transactions.end(request.transaction)
                transaction.check(database)
            now = self._clock.tick()
            results = writes.Commit(database=database, now=now).run(changes)
        return CommitResponse(write_results=results, commit_time=now)

    def get(self, request: BatchGetDocumentsRequest) -> list[BatchGetDocumentsResponse]:
        """Returns each document once, or says that it is missing."""
        for name in request.documents:
            check_document(name, database=request.database)
        mask = _paths(request.mask.field_paths) if request.HasField("mask") else None
        answers = []
        with self._lock:
            transaction = self._transaction(request)
            database = self._databases[request.database]
            now = self._clock.now()
            for name in dict.fromkeys(request.documents):
                document = database.get(name)
                if transaction is not None:
                    transaction.has_got(name, document)
                answer = BatchGetDocumentsResponse(read_time=now)
                if document is None:
                    answer.missing = name
                else:
                    answer.found.CopyFrom(_projected(document, mask))
                answers.append(answer)
        return answers

    def query(self, request: RunQueryRequest) -> list[RunQueryResponse]:
        """Returns the documents found; one answer without a document where there are none."""
        if request.HasField("explain_options"):
            raise unimplemented("explain_options")
        name = check_parent(request.parent)
        structured = request.structured_query
        query = queries.read(structured, parent=request.parent)
        fields = [field.field_path for field in structured.select.fields]
        mask = _paths(fields) if structured.HasField("select") else None
        with self._lock:
            transaction = self._transaction(request)
            documents = query.run(self._databases[name])
            if transaction is not None:
                transaction.has_found(query, documents)
            now = self._clock.now()
        answers = [
            RunQueryResponse(document=_projected(document, mask), read_time=now)
            for document in documents
        ] or [RunQueryResponse(read_time=now)]
        answers[-1].done = True
        return answers

    def list(self, request: ListDocumentsRequest) -> ListDocumentsResponse:
        """Returns one page of a collection, with names that only lead further if asked for."""
        if request.order_by:
            raise unimplemented("order_by of ListDocuments")
        name = check_parent(request.parent)
        check_id(request.collection_id)
        mask = _paths(request.mask.field_paths) if request.HasField("mask") else None
        with self._lock:
            self._transaction(request)
            listing = Listing(
                database=self._databases[name],
                collection=f"{request.parent}/{request.collection_id}",
                show_missing=request.show_missing,
            )
            page = listing.page(size=request.page_size, token=request.page_token)
        return ListDocumentsResponse(
            documents=[_projected(document, mask) for document in page.documents],
            next_page_token=page.next_token,
        )

    def begin(self, request: BeginTransactionRequest) -> BeginTransactionResponse:
        """Begins a transaction that may write."""
        if request.options.WhichOneof("mode") == "read_only":
            raise unimplemented("A read-only transaction")
        with self._lock:
            return BeginTransactionResponse(transaction=self._transactions.begin())

    def rollback(self, request: RollbackRequest) -> Empty:
        """Ends a transaction without writing."""
        with self._lock:
            self._transactions.end(request.transaction)
        return Empty()

    def _transaction(self, request: Request) -> Transaction | None:
        """Returns the transaction that a read belongs to. Raises Refused for a read of the past."""
        kind = request.WhichOneof("consistency_selector")
        if kind is None:
            return None
        if kind != "transaction":
            raise unimplemented(f"A read with {kind}")
        return self._transactions.get(request.transaction)


def _paths(texts: Sequence[str]) -> list[FieldPath]:
    return [field_path(text) for text in texts if text != NAME_PATH]


def _projected(document: Document, paths: list[FieldPath] | None) -> Document:
    """Returns the document with only these fields; None: with all."""
    if paths is None:
        return document
    projected = Document(
        name=document.name, create_time=document.create_time, update_time=document.update_time
    )
    for path in paths:
        value = find(document.fields, path)
        if value is not None:
            put(projected.fields, path, value)
    return projected
