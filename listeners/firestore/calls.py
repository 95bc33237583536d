"""The calls of Firestore that every run makes, by the messages as they travel.

Google's client wraps each message and each value in an object of its own: of a commit of a hundred
writes that is most of the work. Channel, credentials, headers and errors are the client's.
"""

from collections.abc import Sequence
from typing import Any

import grpc
from google.api_core.exceptions import from_grpc_error
from google.api_core.gapic_v1 import routing_header
from google.cloud.firestore import Client
from google.cloud.firestore_v1 import types
from google.cloud.firestore_v1.services.firestore.transports.base import DEFAULT_CLIENT_INFO

from listeners.firestore.values import Message

_SERVICE = "/google.firestore.v1.Firestore"


class Calls:
    """What one database is asked. May be shared by threads; must be made after a fork."""

    def __init__(self, client: Client) -> None:
        made = client._firestore_api  # noqa: SLF001 - there is no other way to its channel
        self._database: str = client._database_string  # noqa: SLF001 - nor to these two
        self._metadata = (*client._rpc_metadata, DEFAULT_CLIENT_INFO.to_grpc_metadata())  # noqa: SLF001
        self._commit = made.transport.grpc_channel.unary_unary(
            f"{_SERVICE}/Commit",
            request_serializer=types.CommitRequest.pb().SerializeToString,
            response_deserializer=types.CommitResponse.pb().FromString,
        )

        self._query = made.transport.grpc_channel.unary_stream(
            f"{_SERVICE}/RunQuery",
            request_serializer=types.RunQueryRequest.pb().SerializeToString,
            response_deserializer=types.RunQueryResponse.pb().FromString,
        )
        self._get = made.transport.grpc_channel.unary_stream(
            f"{_SERVICE}/BatchGetDocuments",
            request_serializer=types.BatchGetDocumentsRequest.pb().SerializeToString,
            response_deserializer=types.BatchGetDocumentsResponse.pb().FromString,
        )
        self._root = f"{self._database}/documents"

    def path(self, name: str) -> str:
        """A document's path, of its name."""
        return name.removeprefix(f"{self._root}/")

    def name(self, path: str) -> str:
        """A document's name, which begins with its database; of no path, that of them all."""
        return f"{self._root}/{path}" if path else self._root

    def commit(self, writes: list[Message], *, seconds: float) -> None:
        """Applies all writes or none. Raises what Google's client raises."""
        request = types.CommitRequest.pb()(database=self._database, writes=writes)
        try:
            headers = self._headers("database", self._database)
            self._commit(request, timeout=seconds, metadata=headers)
        except grpc.RpcError as error:
            raise from_grpc_error(error) from error

    def query(self, parent: str, query: Message, *, seconds: float) -> list[Message]:
        """Returns the documents that a query finds below a path. Raises as `commit` does."""
        name = self.name(parent)
        request = types.RunQueryRequest.pb()(parent=name, structured_query=query)
        try:
            answers = self._query(request, timeout=seconds, metadata=self._headers("parent", name))
            return [each.document for each in answers if each.HasField("document")]
        except grpc.RpcError as error:
            raise from_grpc_error(error) from error

    def get(self, path: str, fields: Sequence[str], *, seconds: float) -> Message | None:
        """Returns a document with these fields; None if there is none. Raises as `commit` does."""
        request = types.BatchGetDocumentsRequest.pb()(
            database=self._database,
            documents=[self.name(path)],
            mask={"field_paths": sorted(fields)},
        )
        headers = self._headers("database", self._database)
        try:
            answers = self._get(request, timeout=seconds, metadata=headers)
            found = [each.found for each in answers if each.HasField("found")]
        except grpc.RpcError as error:
            raise from_grpc_error(error) from error
        return found[0] if found else None

    def _headers(self, routed_by: str, value: str) -> tuple[Any, ...]:
        return (*self._metadata, routing_header.to_grpc_metadata({routed_by: value}))
