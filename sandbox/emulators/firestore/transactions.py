"""Transactions: what each has read, checked again when it commits.

The stand-in is optimistic: nobody waits, and whoever read something that has changed is ABORTED.
"""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

import grpc

from sandbox.emulators.firestore.documents import Database
from sandbox.emulators.firestore.messages import Document
from sandbox.emulators.firestore.queries import Query
from sandbox.emulators.firestore.times import microseconds
from sandbox.emulators.rpc import Refused, invalid

LIFETIME_SECONDS = 270  # as Google's: an abandoned transaction ends by itself

Version = tuple[str, int]  # a document's name, and its update time or 0 where there is none


def version_of(name: str, document: Document | None) -> Version:
    """Returns what changes whenever the document does."""
    return name, 0 if document is None else microseconds(document.update_time)


@dataclass(kw_only=True)
class Transaction:
    """What one transaction has read so far."""

    began: float = field(default_factory=time.monotonic)
    documents: list[Version] = field(default_factory=list)
    queries: list[tuple[Query, list[Version]]] = field(default_factory=list)

    def has_got(self, name: str, document: Document | None) -> None:
        """Notes a read of one document, absent ones included."""
        self.documents.append(version_of(name, document))

    def has_found(self, query: Query, documents: Sequence[Document]) -> None:
        """Notes what a query found."""
        found = [version_of(document.name, document) for document in documents]
        self.queries.append((query, found))

    def check(self, database: Database) -> None:
        """Raises Refused if anything it has read is different now."""
        documents = [version_of(name, database.get(name)) for name, _ in self.documents]
        queries = [
            (query, [version_of(document.name, document) for document in query.run(database)])
            for query, _ in self.queries
        ]
        if documents != self.documents or queries != self.queries:
            raise Refused(
                grpc.StatusCode.ABORTED,
                "Too much contention on these documents. Please try again.",
            )


class Transactions:
    """The transactions under way, by their ids."""

    def __init__(self) -> None:
        self._open: dict[bytes, Transaction] = {}

    def begin(self) -> bytes:
        """Returns the id of a new transaction."""
        latest = time.monotonic() - LIFETIME_SECONDS
        self._open = {id_: one for id_, one in self._open.items() if one.began > latest}
        transaction_id = uuid.uuid4().bytes
        self._open[transaction_id] = Transaction()
        return transaction_id

    def get(self, transaction_id: bytes) -> Transaction:
        """Returns a transaction that is under way. Raises Refused if it is not."""
        transaction = self._open.get(transaction_id)
        if transaction is None:
            raise invalid("Transaction is invalid or closed.")
        return transaction

    def end(self, transaction_id: bytes) -> None:
        """Forgets a transaction, committed or not. One that has ended already may end again."""
        self._open.pop(transaction_id, None)
