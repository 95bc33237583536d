"""Reads and writes the ViSN documents, within budgets."""

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, Protocol

from google.api_core import exceptions
from google.cloud.firestore import Client
from google.cloud.firestore_v1.base_document import DocumentSnapshot

from listeners.firestore.calls import Calls
from listeners.firestore.chats import Chats
from listeners.firestore.documents import (
    DRIVER_USER_ID,
    MESSAGE_FIELDS,
    MESSAGE_ID,
    TRACKING_FIELDS,
    UNREAD_COUNT,
    StoredMessage,
    chat_of,
    enquiry_path,
    read_message,
    read_tracking_record,
    tracking_collection,
    written_to,
)
from listeners.firestore.errors import Missing, Refused, Unavailable, translated
from listeners.firestore.queries import Lookup, Query, message_queries, tracking_queries
from listeners.firestore.reading import TRANSIENT, Found, read
from listeners.firestore.values import Message
from listeners.firestore.writes import Write, messages_of, updated
from listeners.tracking import TrackingRecord
from visn_whatsapp.budget import Budget
from visn_whatsapp.google.calls import Patience, call
from visn_whatsapp.telemetry import spans

LOAD_SECONDS = 10.0  # for all queries of a load together
COMMIT_SECONDS = 15.0
LOADING = Patience(transient=TRANSIENT, attempt_seconds=4.0, until_seconds=LOAD_SECONDS)
COMMITTING = Patience(transient=TRANSIENT, attempt_seconds=10.0, until_seconds=COMMIT_SECONDS)
PARALLEL_QUERIES = 32  # in a process, as many as it has threads for tasks


class Reads(Protocol):
    """Finds tracking records and messages: in Firestore, or as they would be."""

    def load(
        self, *, lookups: Collection[Lookup], message_ids: Collection[str]
    ) -> tuple[list[TrackingRecord], list[StoredMessage]]:
        """Those of these people, and those with Meta's ids. Raises `Unavailable`."""


class Learns(Protocol):
    """Adds user ids to tracking records: in Firestore, or as it would be."""

    def learn_user_id(self, records: Sequence[TrackingRecord], user_id: str) -> None:
        """To all of these or to none. Raises `Refused` or `Unavailable`."""


class Store:
    """Both Firestore databases. May be shared by threads; must be made after a fork."""

    def __init__(self, *, main: Client, ancillary: Client) -> None:
        self._main = main
        self._ancillary = ancillary
        self._calls, self._ancillary_calls = Calls(main), Calls(ancillary)
        self._pool = ThreadPoolExecutor(PARALLEL_QUERIES, thread_name_prefix="firestore")
        self.chats = Chats(self._calls, pool=self._pool)

    def close(self) -> None:
        """Ends the threads and closes the channels."""
        self._pool.shutdown()
        for client in {self._main, self._ancillary}:
            client.close()

    def load(
        self,
        *,
        lookups: Collection[Lookup],
        message_ids: Collection[str],
        budget: Budget | None = None,
    ) -> tuple[list[TrackingRecord], list[StoredMessage]]:
        """Reads tracking records and the messages with Meta's ids, all queries at once.

        Within the budget, or one of `LOAD_SECONDS`. Raises `Unavailable`, also if a query is
        refused: nothing is known then.
        """
        budget = budget or Budget(LOAD_SECONDS)
        tracking = [partial(self._tracking, *query, budget) for query in tracking_queries(lookups)]
        messages = [
            partial(self._messages, query, budget) for query in message_queries(message_ids)
        ]
        try:
            count = len(tracking) + len(messages)
            with spans.of_firestore("load", count=count), translated():
                return self._query(tracking, messages, budget)
        except Refused as refused:
            raise Unavailable from refused.__cause__

    def _query(
        self,
        tracking: Sequence[Callable[[], list[TrackingRecord]]],
        messages: Sequence[Callable[[], list[StoredMessage]]],
        budget: Budget,
    ) -> tuple[list[TrackingRecord], list[StoredMessage]]:
        if not messages and len(tracking) == 1:
            return tracking[0](), []
        pending_records = [self._pool.submit(query) for query in tracking]
        pending_messages = [self._pool.submit(query) for query in messages]
        try:
            records = [each for query in pending_records for each in query.result(budget.left)]
            stored = [each for query in pending_messages for each in query.result(budget.left)]
            return records, stored
        finally:
            # After the first failure nobody waits for the others, which would hold up other runs.
            pending: list[Future[Any]] = [*pending_records, *pending_messages]
            for query in pending:
                query.cancel()

    def existing(self, paths: Collection[str], *, budget: Budget) -> frozenset[str]:
        """Which of these documents of the main database are there. Raises as `load` does."""
        if not paths:
            return frozenset()
        documents = [self._main.document(path) for path in sorted(paths)]
        try:
            with translated():
                found = call(
                    lambda seconds: list(
                        self._main.get_all(
                            documents,
                            field_paths=[MESSAGE_ID],  # that there is one, and nothing else of it
                            retry=None,
                            timeout=seconds,
                        )
                    ),
                    budget=budget,
                    patience=LOADING,
                )
        except Refused as refused:
            raise Unavailable from refused.__cause__
        return frozenset(each.reference.path for each in found if each.exists)

    def commit(self, writes: Sequence[Write]) -> None:
        """Applies all writes or none of them. Raises `Refused` or `Unavailable`."""
        budget = Budget(COMMIT_SECONDS)
        with spans.of_firestore("commit", count=len(writes)), translated():
            try:
                _commit(self._calls, list(messages_of(writes, calls=self._calls)), budget)
            except exceptions.NotFound as error:
                # If it is the database that is missing, not a document, this is not found either.
                self._get(enquiry_path(writes[0].chat), [UNREAD_COUNT], budget, COMMITTING)
                raise Missing from error

    def learn_user_id(self, records: Sequence[TrackingRecord], user_id: str) -> None:
        """Adds a driver's user id to their tracking records, alone (contract: Tracking record).

        To all or to none. Raises `Refused`, which includes a record changed since it was read, or
        `Unavailable`.
        """
        calls = self._ancillary_calls
        paths = (f"{tracking_collection(each.lease_number)}/{each.document_id}" for each in records)
        with translated():
            writes = [
                updated(calls.name(path), {DRIVER_USER_ID: user_id}, version=record.version)
                for path, record in zip(paths, records, strict=True)
            ]
            _commit(calls, writes, Budget(COMMIT_SECONDS))

    def _get(
        self, path: str, fields: Sequence[str], budget: Budget, patience: Patience
    ) -> DocumentSnapshot[Any]:
        document = self._main.document(path)
        return call(
            lambda seconds: document.get(field_paths=fields, retry=None, timeout=seconds),
            budget=budget,
            patience=patience,
        )

    def _tracking(self, lease_number: str, query: Query, budget: Budget) -> list[TrackingRecord]:
        calls = self._ancillary_calls
        every = read(query, TRACKING_FIELDS, calls=calls, budget=budget, patience=LOADING)
        records = (
            read_tracking_record(
                lease_number=lease_number,
                document_id=found.document_id,
                fields=found.fields,
                version=found.version,
            )
            for found in every
        )
        return [record for record in records if record is not None]

    def _messages(self, query: Query, budget: Budget) -> list[StoredMessage]:
        calls = self._calls
        every = read(query, MESSAGE_FIELDS, calls=calls, budget=budget, patience=LOADING)
        return [stored for found in every for stored in _stored(found)]


def _stored(found: Found) -> Iterator[StoredMessage]:
    chat = chat_of(found.path)
    if chat is not None:
        message = read_message(document_id=found.document_id, fields=found.fields)
        yield StoredMessage(
            chat=chat,
            message=message,
            version=found.version,
            created=found.created,
            lease_number=written_to(found.fields),
        )


def _commit(calls: Calls, writes: list[Message], budget: Budget) -> None:
    call(
        lambda seconds: calls.commit(writes, seconds=seconds),
        budget=budget,
        patience=COMMITTING,
    )
