"""What the server computes in a write: increments, times, elements of arrays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from google.protobuf.timestamp_pb2 import Timestamp

from sandbox.emulators.firestore import kinds
from sandbox.emulators.firestore.messages import DocumentTransform, Value
from sandbox.emulators.firestore.times import whole_milliseconds
from sandbox.emulators.firestore.values import (
    FieldPath,
    Fields,
    field_path,
    find,
    key,
    kind_of,
    put,
)
from sandbox.emulators.rpc import invalid, unimplemented

ServerValue = DocumentTransform.FieldTransform.ServerValue
NUMBERS = {"integer_value", "double_value"}
GREATEST_INTEGER = 2**63 - 1
LEAST_INTEGER = -(2**63)


@dataclass(frozen=True, kw_only=True, slots=True)
class Transformed:
    """The value to store and the result to report."""

    value: Value
    result: Value


def check(transforms: Sequence[DocumentTransform.FieldTransform]) -> None:
    """Raises Refused for transforms of a write that are wrong whatever is stored."""
    paths = [_check(transform) for transform in transforms]
    for path in paths:
        if any(path[:length] in paths for length in range(1, len(path))):
            raise invalid(
                f"Cannot transform property {path[0]} and its nested property at the same time."
            )


def _check(transform: DocumentTransform.FieldTransform) -> FieldPath:
    kind = transform.WhichOneof("transform_type")
    if kind is None:
        raise invalid("Operation type must be specified for field transformation.")
    if kind not in TRANSFORMS:
        raise unimplemented(f"The transform {kind}")
    if kind == "set_to_server_value":
        if transform.set_to_server_value != ServerValue.REQUEST_TIME:
            raise invalid("The server value must be REQUEST_TIME.")
    elif kind == "increment":
        kinds.check(transform.increment)
        if kind_of(transform.increment) not in NUMBERS:
            raise invalid("Input must be int64 or double.")
    else:
        for value in getattr(transform, kind).values:
            kinds.check(value)
    return field_path(transform.field_path)


def transform(
    fields: Fields, transform: DocumentTransform.FieldTransform, *, now: Timestamp
) -> Value:
    """Changes one field as the transform says and returns what to report about it."""
    path = field_path(transform.field_path)
    compute = TRANSFORMS[str(transform.WhichOneof("transform_type"))]
    transformed = compute(find(fields, path), transform, now)
    put(fields, path, transformed.value)
    return transformed.result


def _increment(
    old: Value | None, transform: DocumentTransform.FieldTransform, _: Timestamp
) -> Transformed:
    """Adds; what is no number counts as absent, integers stop at their limits."""
    value = by = transform.increment
    if old is not None and kind_of(old) in NUMBERS:
        total = _number(old) + _number(by)
        value = Value(double_value=total) if isinstance(total, float) else _integer(total)
    return Transformed(value=value, result=value)


def _number(value: Value) -> int | float:
    number: int | float = getattr(value, kind_of(value))
    return number


def _integer(number: int) -> Value:
    return Value(integer_value=max(LEAST_INTEGER, min(GREATEST_INTEGER, number)))


def _server_time(
    _: Value | None, __: DocumentTransform.FieldTransform, now: Timestamp
) -> Transformed:
    value = Value(timestamp_value=whole_milliseconds(now))
    return Transformed(value=value, result=value)


def _append(
    old: Value | None, transform: DocumentTransform.FieldTransform, _: Timestamp
) -> Transformed:
    """Adds the elements that are not there; what is no array counts as empty."""
    elements = _elements(old)
    known = {key(element) for element in elements}
    for element in transform.append_missing_elements.values:
        if key(element) not in known:
            known.add(key(element))
            elements.append(element)
    return _array(elements)


def _remove(
    old: Value | None, transform: DocumentTransform.FieldTransform, _: Timestamp
) -> Transformed:
    unwanted = {key(element) for element in transform.remove_all_from_array.values}
    return _array([element for element in _elements(old) if key(element) not in unwanted])


def _elements(value: Value | None) -> list[Value]:
    is_array = value is not None and kind_of(value) == "array_value"
    return list(value.array_value.values) if value is not None and is_array else []


def _array(elements: list[Value]) -> Transformed:
    """Arrays are not reported: the result is null."""
    value = Value(array_value={"values": elements})
    return Transformed(value=value, result=Value(null_value=0))


Compute = Callable[
    [Value | None, DocumentTransform.FieldTransform, Timestamp],
    Transformed,
]
TRANSFORMS: dict[str, Compute] = {
    "increment": _increment,
    "set_to_server_value": _server_time,
    "append_missing_elements": _append,
    "remove_all_from_array": _remove,
}
