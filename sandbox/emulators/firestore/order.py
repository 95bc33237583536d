"""The order of a query's result: values of every kind, several fields, cursors.

As https://cloud.google.com/firestore/docs/concepts/data-types#value_type_ordering says.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import grpc

from sandbox.emulators.firestore import kinds
from sandbox.emulators.firestore.messages import Direction, Document, StructuredQuery, Value
from sandbox.emulators.firestore.names import path_of
from sandbox.emulators.firestore.times import microseconds
from sandbox.emulators.firestore.values import FieldPath, field_path, find, kind_of
from sandbox.emulators.rpc import Refused, invalid

NAME = "__name__"

Place = tuple[Any, ...]  # sorts as Firestore does; the kind comes first, so that kinds never meet


def _number(number: float) -> Place:
    return (0,) if math.isnan(number) else (1, number)  # Python compares integers and doubles well


def _map(value: Value) -> Place:
    fields = value.map_value.fields
    return tuple((name.encode(), place(fields[name])) for name in sorted(fields))


# In the order of the kinds.
PLACES: dict[str, tuple[int, Callable[[Value], Any]]] = {
    "null_value": (0, lambda _: ()),
    "boolean_value": (1, lambda value: value.boolean_value),
    "integer_value": (2, lambda value: _number(value.integer_value)),
    "double_value": (2, lambda value: _number(value.double_value)),
    "timestamp_value": (3, lambda value: microseconds(value.timestamp_value)),
    "string_value": (4, lambda value: value.string_value.encode()),
    "bytes_value": (5, lambda value: value.bytes_value),
    "reference_value": (6, lambda value: path_of(value.reference_value)),
    "geo_point_value": (
        7,
        lambda value: (value.geo_point_value.latitude, value.geo_point_value.longitude),
    ),
    "array_value": (8, lambda value: tuple(map(place, value.array_value.values))),
    "map_value": (9, _map),
}


def place(value: Value) -> Place:
    """Returns what sorts values, which are checked already."""
    kind, within = PLACES[kind_of(value)]
    return (kind, within(value))


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """One thing that the result is sorted by."""

    path: FieldPath | None  # None: the document's name
    descending: bool

    def place(self, document: Document) -> Place | None:
        """Returns where a document belongs; None: it lacks the field, and is not found at all."""
        if self.path is None:
            return (PLACES["reference_value"][0], path_of(document.name))
        value = find(document.fields, self.path)
        return None if value is None else place(value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cursor:
    """Where a result begins."""

    places: Sequence[Place]  # of the first keys; perhaps not of all
    inclusive: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """By what a result is sorted, and where it begins. The name always decides in the end."""

    keys: Sequence[Key]
    cursor: Cursor | None

    def sort(self, documents: Sequence[Document]) -> list[Document]:
        """Returns those that have the fields and come after the cursor, in order."""
        placed = [(self._places(document), document) for document in documents]
        found = [(places, document) for places, document in placed if self._is_meant(places)]
        for position, key in reversed(list(enumerate(self.keys))):
            found.sort(key=lambda each: each[0][position], reverse=key.descending)
        return [document for _, document in found]

    def _places(self, document: Document) -> list[Any]:
        return [key.place(document) for key in self.keys]

    def _is_meant(self, places: Sequence[Any]) -> bool:
        if None in places:
            return False
        if self.cursor is None:
            return True
        for key, own, begin in zip(self.keys, places, self.cursor.places, strict=False):
            if own != begin:
                return bool(own < begin) if key.descending else bool(own > begin)
        return self.cursor.inclusive


def read(query: StructuredQuery) -> Order:
    """Reads the order of a query. Raises Refused for one that Firestore does not know."""
    names = [each.field.field_path for each in query.order_by]
    _check_names(names)
    keys = [
        Key(
            path=None if each.field.field_path == NAME else field_path(each.field.field_path),
            descending=each.direction == Direction.DESCENDING,
        )
        for each in query.order_by
    ]
    if NAME not in names:
        keys.append(Key(path=None, descending=bool(keys) and keys[-1].descending))
    order = Order(keys=keys, cursor=_cursor(query, keys))
    if keys[0].path is None and keys[0].descending and not query.HasField("where"):
        raise Refused(
            grpc.StatusCode.FAILED_PRECONDITION, "Firestore does not support descending key scans"
        )
    return order


def _check_names(names: Sequence[str]) -> None:
    if NAME in names[:-1]:
        raise invalid("order by clause cannot contain more fields after the key")
    if len(set(names)) < len(names):
        raise invalid("order by clause cannot contain duplicate fields")


def _cursor(query: StructuredQuery, keys: Sequence[Key]) -> Cursor | None:
    if not query.HasField("start_at"):
        return None
    values = query.start_at.values
    if len(values) > len(query.order_by):
        raise invalid("Cursor has too many values.")
    for key, value in zip(keys, values, strict=False):
        kinds.check(value)
        if key.path is None and kind_of(value) != "reference_value":
            raise invalid("The cursor's value for __name__ must be a reference.")
    return Cursor(places=[place(value) for value in values], inclusive=query.start_at.before)
