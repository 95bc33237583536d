"""Values of documents: where a field path leads, and when two values are equal."""

import math
import re
from collections.abc import Hashable, MutableMapping
from functools import lru_cache

from sandbox.emulators.firestore.messages import Value
from sandbox.emulators.rpc import invalid

FieldPath = tuple[str, ...]
Fields = MutableMapping[str, Value]

SEGMENT = r"(?:[a-zA-Z_][a-zA-Z_0-9]*|`(?:[^`\\]|\\.)+`)"
SEGMENTS = re.compile(SEGMENT, re.DOTALL)
PATH = re.compile(rf"{SEGMENT}(?:\.{SEGMENT})*", re.DOTALL)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
RESERVED = re.compile(r"__.*__", re.DOTALL)


@lru_cache(maxsize=4096)
def field_path(text: str) -> FieldPath:
    """Returns the names that a path such as ``reactions.`US.123` `` goes through.

    Raises Refused if it is not spelt as Firestore requires.
    """
    if not PATH.fullmatch(text):
        raise invalid(f'Invalid property path "{text}".')
    names = tuple(_unquoted(segment) for segment in SEGMENTS.findall(text))
    if any(RESERVED.fullmatch(name) for name in names):
        raise invalid(f"Invalid reserved name in field path {text}")
    return names


def _unquoted(segment: str) -> str:
    return ESCAPED.sub(r"\1", segment[1:-1]) if segment.startswith("`") else segment


def kind_of(value: Value | None) -> str:
    """Returns which sort of value it is, such as `string_value`; empty for none."""
    return "" if value is None else str(value.WhichOneof("value_type") or "")


def find(fields: Fields, path: FieldPath) -> Value | None:
    """Returns the value at the path, None if the path leads nowhere."""
    for name in path[:-1]:
        value = fields.get(name)
        if value is None or kind_of(value) != "map_value":
            return None
        fields = value.map_value.fields
    return fields.get(path[-1])


def put(fields: Fields, path: FieldPath, value: Value) -> None:
    """Sets the value at the path; what is no map on the way becomes one."""
    for name in path[:-1]:
        inner = fields[name]  # protobuf makes it where it is missing
        if kind_of(inner) != "map_value":
            inner.map_value.SetInParent()
        fields = inner.map_value.fields
    fields[path[-1]].CopyFrom(value)


def remove(fields: Fields, path: FieldPath) -> None:
    """Takes away the value at the path, if there is one."""
    for name in path[:-1]:
        value = fields.get(name)
        if value is None or kind_of(value) != "map_value":
            return
        fields = value.map_value.fields
    if path[-1] in fields:
        del fields[path[-1]]


def key(value: Value) -> Hashable:
    """Returns what two values share exactly if Firestore takes them for equal: 2 and 2.0 are."""
    kind = kind_of(value)
    if kind in {"integer_value", "double_value"}:
        number = getattr(value, kind)
        return ("number", "NaN" if math.isnan(number) else number)
    if kind == "timestamp_value":
        return (kind, value.timestamp_value.seconds, value.timestamp_value.nanos)
    if kind == "geo_point_value":
        return (kind, value.geo_point_value.latitude, value.geo_point_value.longitude)
    if kind == "array_value":
        return (kind, tuple(key(element) for element in value.array_value.values))
    if kind == "map_value":
        fields = value.map_value.fields
        return (kind, frozenset((name, key(fields[name])) for name in fields))
    return (kind, getattr(value, kind))


def is_null(value: Value) -> bool:
    """Tells whether it is null."""
    return kind_of(value) == "null_value"
