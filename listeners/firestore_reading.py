"""Reads documents so that a value which Google's client cannot decode hides nothing but itself.

Such as a reference into another database: the client raises for all that a query has found.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from google.api_core.retry import Retry
from google.cloud.firestore import Query
from google.cloud.firestore_v1.base_document import DocumentSnapshot

logger = logging.getLogger(__name__)

NAME = "__name__"  # asked for alone, a document comes without fields
UNDECODABLE = (TypeError, ValueError)


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A document with those of the fields asked for that it has and that can be decoded."""

    path: str
    document_id: str
    fields: dict[str, Any]
    version: object  # its update time
    undecodable: frozenset[str] = frozenset()  # those that it has and that cannot


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How long one call may take, and which failures are tried again."""

    timeout: float  # seconds for one attempt
    retry: Retry


def read(query: Query, names: Sequence[str], *, patience: Patience) -> list[Found]:
    """Runs a query for these fields: one call, unless something cannot be decoded.

    Raises what Google's client raises.
    """
    try:
        return [_found(snapshot) for snapshot in _run(query.select(names), patience)]
    except UNDECODABLE as error:
        logger.warning("document_undecodable", extra={"error": type(error).__name__})
    bare = list(_run(query.select([NAME]), patience))
    return [found for each in bare for found in _field_by_field(each.reference, names, patience)]


def _run(query: Query, patience: Patience) -> Iterable[DocumentSnapshot[Any]]:
    return query.stream(retry=patience.retry, timeout=patience.timeout)


def _found(snapshot: DocumentSnapshot[Any]) -> Found:
    return Found(
        path=snapshot.reference.path,
        document_id=snapshot.id,
        fields=snapshot.to_dict() or {},
        version=snapshot.update_time,
    )


def _field_by_field(reference: Any, names: Sequence[str], patience: Patience) -> Iterator[Found]:
    """A call for each field. Of several versions the first, so that a write notices the others."""
    parts: list[Found] = []
    undecodable: set[str] = set()
    for name in names:
        try:
            snapshot = reference.get(
                field_paths=[name], retry=patience.retry, timeout=patience.timeout
            )
        except UNDECODABLE:
            undecodable.add(name)
            continue
        if not snapshot.exists:
            return
        parts.append(_found(snapshot))
    if parts:
        fields = {name: value for part in parts for name, value in part.fields.items()}
        first = parts[0]
        yield Found(
            path=first.path,
            document_id=first.document_id,
            fields=fields,
            version=first.version,
            undecodable=frozenset(undecodable),
        )
