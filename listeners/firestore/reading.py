"""Reads documents: those of their fields that are asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from google.api_core.exceptions import DeadlineExceeded, ResourceExhausted, ServiceUnavailable

from listeners.firestore.calls import Calls
from listeners.firestore.queries import Query
from listeners.firestore.values import Message, decode
from visn_whatsapp.budget import Budget
from visn_whatsapp.google.calls import Patience, call

# What is repeated does no harm: a commit carries preconditions, a query changes nothing.
TRANSIENT = (ServiceUnavailable, ResourceExhausted, DeadlineExceeded)


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A document with those of the fields asked for that it has."""

    path: str
    document_id: str
    fields: dict[str, Any]
    version: int  # its update time, in nanoseconds
    created: datetime  # its create time
    document: Message  # as it came


def read(
    query: Query, names: Sequence[str], *, calls: Calls, budget: Budget, patience: Patience
) -> list[Found]:
    """Runs a query for these fields: one call, from its beginning if that breaks off.

    Raises BudgetSpent or what Google's client raises, within the budget.
    """
    message = query.message(names)
    documents = call(
        lambda seconds: calls.query(query.parent, message, seconds=seconds),
        budget=budget,
        patience=patience,
    )
    return [_found(document, calls.path(document.name)) for document in documents]


def _found(document: Message, path: str) -> Found:
    return Found(
        path=path,
        document_id=path.rpartition("/")[2],
        fields={name: decode(value) for name, value in document.fields.items()},
        version=document.update_time.ToNanoseconds(),
        created=document.create_time.ToDatetime(tzinfo=UTC),
        document=document,
    )
