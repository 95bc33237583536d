"""Reads documents so that a value which Google's client cannot decode hides nothing but itself.

Such as a reference into another database: the client raises for all that a query has found.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from google.api_core.exceptions import DeadlineExceeded, ResourceExhausted, ServiceUnavailable
from google.cloud.firestore import CollectionReference, Query
from google.cloud.firestore_v1.base_document import DocumentSnapshot
from google.protobuf.timestamp_pb2 import Timestamp

from visn_whatsapp.budget import Budget
from visn_whatsapp.google.calls import NO_RETRY, Patience, call

logger = logging.getLogger(__name__)

NAME = "__name__"  # asked for alone, a document comes without fields
UNDECODABLE = (TypeError, ValueError)

# What is repeated does no harm: a commit carries preconditions, a query changes nothing.
TRANSIENT = (ServiceUnavailable, ResourceExhausted, DeadlineExceeded)


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A document with those of the fields asked for that it has and that can be decoded."""

    path: str
    document_id: str
    fields: dict[str, Any]
    version: int  # its update time, in nanoseconds
    created: datetime | None = None  # its create time
    undecodable: frozenset[str] = frozenset()  # those that it has and that cannot


@dataclass(kw_only=True, slots=True)
class _Parts:
    """A document as its fields come, one by one."""

    document_id: str
    created: datetime | None
    versions: list[int] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    undecodable: set[str] = field(default_factory=set)


def read(query: Query, names: Sequence[str], *, budget: Budget, patience: Patience) -> list[Found]:
    """Runs a query for these fields: one call, unless something cannot be decoded.

    Raises BudgetSpent or what Google's client raises, within the budget.
    """
    try:
        snapshots = _run(query.select(names), budget, patience)
        return [_found(snapshot) for snapshot in snapshots]
    except UNDECODABLE as error:
        logger.warning("A document cannot be decoded.", extra={"error": type(error).__name__})
    return list(_field_by_field(query, names, budget, patience))


def newest(collection: CollectionReference, field: str, *, skip: int, limit: int) -> Query:
    """The documents of a collection that have a field, the greatest first."""
    return collection.order_by(field, direction=Query.DESCENDING).offset(skip).limit(limit)


def _run(query: Query, budget: Budget, patience: Patience) -> list[DocumentSnapshot[Any]]:
    """Runs a query from its beginning each time, with its whole limit and no more than that.

    The client by itself goes on with a stream that breaks off: at once, without end, each time with
    a deadline and a limit as at first.
    """
    return call(
        lambda seconds: list(query.stream(retry=NO_RETRY, timeout=seconds)),
        budget=budget,
        patience=patience,
    )


def _found(snapshot: DocumentSnapshot[Any]) -> Found:
    return Found(
        path=snapshot.reference.path,
        document_id=snapshot.id,
        fields=snapshot.to_dict() or {},
        version=_nanoseconds(snapshot.update_time),
        created=_created(snapshot),
    )


def _created(snapshot: DocumentSnapshot[Any]) -> datetime:
    """Of what was found in all collections of a name the client gives a Timestamp as it came."""
    moment: Any = snapshot.create_time
    created: datetime = moment if isinstance(moment, datetime) else moment.ToDatetime(tzinfo=UTC)
    return created


def _nanoseconds(moment: Any) -> int:
    """Of what was found in all collections of a name the client gives a Timestamp as it came."""
    stamp = moment if isinstance(moment, Timestamp) else moment.timestamp_pb()
    nanoseconds: int = stamp.ToNanoseconds()
    return nanoseconds


def _field_by_field(
    query: Query, names: Sequence[str], budget: Budget, patience: Patience
) -> Iterator[Found]:
    """A query for each field, and a call for each document where that cannot be decoded.

    Of several versions the first counts, so that a write notices the others.
    """
    bare = _run(query.select([NAME]), budget, patience)
    parts = {
        each.reference.path: _Parts(document_id=each.id, created=_created(each)) for each in bare
    }
    for name in names:
        try:
            snapshots = _run(query.select([name]), budget, patience)
        except UNDECODABLE:
            snapshots = list(_one_by_one(bare, name, parts, budget, patience))
        for snapshot in snapshots:
            part = parts.get(snapshot.reference.path)
            if part is not None:
                part.versions.append(_nanoseconds(snapshot.update_time))
                part.fields |= snapshot.to_dict() or {}
    for path, part in parts.items():
        if part.versions:
            yield Found(
                path=path,
                document_id=part.document_id,
                fields=part.fields,
                version=part.versions[0],
                created=part.created,
                undecodable=frozenset(part.undecodable),
            )


def _one_by_one(
    bare: Sequence[DocumentSnapshot[Any]],
    name: str,
    parts: dict[str, _Parts],
    budget: Budget,
    patience: Patience,
) -> Iterator[DocumentSnapshot[Any]]:
    for each in bare:
        get = partial(each.reference.get, field_paths=[name], retry=None)
        try:
            snapshot = call(
                lambda seconds, get=get: get(timeout=seconds),  # type: ignore[misc] # mypy 1.11
                budget=budget,
                patience=patience,
            )
        except UNDECODABLE:
            parts[each.reference.path].undecodable.add(name)
            continue
        if snapshot.exists:
            yield snapshot
