"""Queries: equality, `in` and `or` over a collection or a collection group."""

import itertools
import math
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.emulators.firestore import kinds, order
from sandbox.emulators.firestore.documents import CollectionGroup, Database
from sandbox.emulators.firestore.messages import (
    CompositeOperator,
    Document,
    FieldOperator,
    StructuredQuery,
    UnaryOperator,
    Value,
)
from sandbox.emulators.firestore.names import ROOT_SEGMENTS, check_id, collection_of
from sandbox.emulators.firestore.order import NAME, Order
from sandbox.emulators.firestore.values import (
    FieldPath,
    field_path,
    find,
    is_null,
    key,
    kind_of,
)
from sandbox.emulators.rpc import invalid, unimplemented

MOST_DISJUNCTIONS = 30
LARGEST_VALUE_BYTES = 1500  # of a string, with a byte for its end, or bytes to ask for


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """The value at a path must have one of these keys."""

    path: FieldPath
    keys: frozenset[Hashable]

    def holds(self, document: Document) -> bool:
        """Tells whether the document fulfils it. A missing field fulfils nothing."""
        value = find(document.fields, self.path)
        return value is not None and key(value) in self.keys

    def having(self, group: CollectionGroup) -> set[str]:
        """The names of all documents that fulfil it."""
        return group.having(self.path, self.keys)

    @property
    def disjunctions(self) -> int:
        """For how many values it has to be looked."""
        return max(1, len(self.keys))


@dataclass(frozen=True, kw_only=True, slots=True)
class AnyOf:
    """One of these conditions at least must hold."""

    parts: Sequence["Condition | AnyOf"]

    def holds(self, document: Document) -> bool:
        """Tells whether the document fulfils it."""
        return any(part.holds(document) for part in self.parts)

    def having(self, group: CollectionGroup) -> set[str]:
        """The names of all documents that fulfil it."""
        return set().union(*(part.having(group) for part in self.parts))

    @property
    def disjunctions(self) -> int:
        """For how many values it has to be looked."""
        return sum(part.disjunctions for part in self.parts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """What to look for, and where."""

    parent: str  # a document, or the root of the database
    collection_id: str
    all_descendants: bool  # the collection group below the parent instead of one collection
    conditions: Sequence[Condition | AnyOf]
    order: Order
    offset: int
    limit: int | None

    def run(self, database: Database) -> list[Document]:
        """Returns the documents found, in order."""
        group = database.group(self.collection_id)
        found = [group.documents[name] for name in self._candidates(group)]
        kept = [
            document
            for document in found
            if all(condition.holds(document) for condition in self.conditions)
        ]
        end = None if self.limit is None else self.offset + self.limit
        return self.order.sort(kept)[self.offset : end]

    def _candidates(self, group: CollectionGroup) -> Iterator[str]:
        """Yields the documents in the right place, by the most selective of the conditions."""
        if self.conditions:
            names = min((condition.having(group) for condition in self.conditions), key=len)
        elif self.all_descendants:
            names = set(group.documents)
        else:
            names = group.collections.get(f"{self.parent}/{self.collection_id}", set())
        return (name for name in names if self._is_in_scope(name))

    def _is_in_scope(self, name: str) -> bool:
        if self.all_descendants:
            return name.startswith(f"{self.parent}/")
        return collection_of(name) == f"{self.parent}/{self.collection_id}"


def read(query: StructuredQuery, *, parent: str) -> Query:
    """Reads a query. Raises Refused for one that is wrong, or that the stand-in cannot answer."""
    if len(query.from_) != 1:
        raise invalid("StructuredQuery.from must have exactly one collection selector.")
    selector = query.from_[0]
    check_id(selector.collection_id)
    if query.HasField("end_at") or query.HasField("find_nearest"):
        raise unimplemented("A query with end_at or find_nearest")
    sorted_by = order.read(query)
    below_a_document = parent.count("/") >= ROOT_SEGMENTS
    by_name_alone = len(sorted_by.keys) == 1 and not query.HasField("where")
    if selector.all_descendants and below_a_document and not by_name_alone:
        raise invalid("collection group queries are only allowed at the root parent")
    conditions = list(_conditions(query.where)) if query.HasField("where") else []
    disjunctions = math.prod(condition.disjunctions for condition in conditions)
    if disjunctions > MOST_DISJUNCTIONS:
        raise invalid(
            f"Too many disjunctions after normalization. Result had {disjunctions} disjunctions "
            f"which is more than the maximum of {MOST_DISJUNCTIONS}"
        )
    if query.HasField("limit") and query.limit.value < 0:
        raise invalid("limit is negative")
    if query.offset < 0:
        raise invalid("offset is negative")
    return Query(
        parent=parent,
        collection_id=selector.collection_id,
        all_descendants=selector.all_descendants,
        conditions=conditions,
        order=sorted_by,
        offset=query.offset,
        limit=query.limit.value if query.HasField("limit") else None,
    )


def _conditions(condition: StructuredQuery.Filter) -> Iterator[Condition | AnyOf]:
    """All of which have to hold."""
    kind = condition.WhichOneof("filter_type")
    if kind == "composite_filter":
        yield from _composite(condition.composite_filter)
    elif kind == "field_filter":
        yield _field_condition(condition.field_filter)
    elif kind == "unary_filter":
        yield _unary_condition(condition.unary_filter)
    else:
        raise invalid("Unknown Filter type.")


def _composite(condition: StructuredQuery.CompositeFilter) -> Iterator[Condition | AnyOf]:
    parts = [list(_conditions(part)) for part in condition.filters]
    if condition.op == CompositeOperator.AND:
        yield from itertools.chain(*parts)
    elif condition.op != CompositeOperator.OR:
        raise invalid("Unknown composite filter operator.")
    elif any(len(part) != 1 for part in parts):
        raise unimplemented("An OR of conditions that are joined by AND")
    else:
        yield AnyOf(parts=[part[0] for part in parts])


def _field_condition(condition: StructuredQuery.FieldFilter) -> Condition:
    name = condition.field.field_path
    if name == NAME:
        raise unimplemented("A filter on __name__")
    if condition.op == FieldOperator.EQUAL:
        values = [condition.value]
    elif condition.op == FieldOperator.IN:
        values = _in_values(condition.value)
    else:
        raise unimplemented("A filter other than equality and in")
    for value in values:
        _check_value(value, name=name)
    # Null is found by its own filter alone.
    keys = frozenset(key(value) for value in values if not is_null(value))
    return Condition(path=field_path(name), keys=keys)


def _in_values(value: Value) -> list[Value]:
    if kind_of(value) != "array_value":
        raise invalid("'IN' requires an ArrayValue.")
    values = list(value.array_value.values)
    if not values:
        raise invalid("'IN' requires an non-empty ArrayValue.")
    if len(values) > MOST_DISJUNCTIONS:
        raise invalid(f"'IN' supports up to {MOST_DISJUNCTIONS} comparison values.")
    return values


def _check_value(value: Value, *, name: str) -> None:
    kinds.check(value)
    kind = kind_of(value)
    content: Any = getattr(value, kind)
    if kind == "string_value":
        content = content.encode() + b"\0"
    if isinstance(content, bytes) and len(content) > LARGEST_VALUE_BYTES:
        raise invalid(f"value for {name} is too large to be used in a query")


UNARY_VALUES = {
    UnaryOperator.IS_NULL: Value(null_value=0),
    UnaryOperator.IS_NAN: Value(double_value=math.nan),
}


def _unary_condition(condition: StructuredQuery.UnaryFilter) -> Condition:
    """Reads equality with null or NaN, which clients spell so."""
    value = UNARY_VALUES.get(condition.op)
    if value is None:
        raise unimplemented("A unary filter other than IS_NULL and IS_NAN")
    path = field_path(condition.field.field_path)
    return Condition(path=path, keys=frozenset({key(value)}))
