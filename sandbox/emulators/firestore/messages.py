"""The protobuf messages of google.firestore.v1, without the wrappers of the client.

The raw classes are made at run time and have no types; the wrappers have the same fields.
"""

from typing import TYPE_CHECKING

from google.cloud.firestore_v1 import types

if TYPE_CHECKING:
    from google.cloud.firestore_v1.types import (
        BatchGetDocumentsRequest,
        BatchGetDocumentsResponse,
        BeginTransactionRequest,
        BeginTransactionResponse,
        CommitRequest,
        CommitResponse,
        Document,
        DocumentMask,
        DocumentTransform,
        ListDocumentsRequest,
        ListDocumentsResponse,
        Precondition,
        RollbackRequest,
        RunQueryRequest,
        RunQueryResponse,
        StructuredQuery,
        Value,
        Write,
        WriteResult,
    )
else:
    BatchGetDocumentsRequest = types.BatchGetDocumentsRequest.pb()
    BatchGetDocumentsResponse = types.BatchGetDocumentsResponse.pb()
    BeginTransactionRequest = types.BeginTransactionRequest.pb()
    BeginTransactionResponse = types.BeginTransactionResponse.pb()
    CommitRequest = types.CommitRequest.pb()
    CommitResponse = types.CommitResponse.pb()
    Document = types.Document.pb()
    DocumentMask = types.DocumentMask.pb()
    DocumentTransform = types.DocumentTransform.pb()
    ListDocumentsRequest = types.ListDocumentsRequest.pb()
    ListDocumentsResponse = types.ListDocumentsResponse.pb()
    Precondition = types.Precondition.pb()
    RollbackRequest = types.RollbackRequest.pb()
    RunQueryRequest = types.RunQueryRequest.pb()
    RunQueryResponse = types.RunQueryResponse.pb()
    StructuredQuery = types.StructuredQuery.pb()
    Value = types.Value.pb()
    Write = types.Write.pb()
    WriteResult = types.WriteResult.pb()

CompositeOperator = types.StructuredQuery.CompositeFilter.Operator
FieldOperator = types.StructuredQuery.FieldFilter.Operator
UnaryOperator = types.StructuredQuery.UnaryFilter.Operator
Direction = types.StructuredQuery.Direction

__all__ = [
    "BatchGetDocumentsRequest",
    "BatchGetDocumentsResponse",
    "BeginTransactionRequest",
    "BeginTransactionResponse",
    "CommitRequest",
    "CommitResponse",
    "CompositeOperator",
    "Direction",
    "Document",
    "DocumentMask",
    "DocumentTransform",
    "FieldOperator",
    "ListDocumentsRequest",
    "ListDocumentsResponse",
    "Precondition",
    "RollbackRequest",
    "RunQueryRequest",
    "RunQueryResponse",
    "StructuredQuery",
    "UnaryOperator",
    "Value",
    "Write",
    "WriteResult",
]
