"""Values of documents, as Firestore's messages hold them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Message = Any  # of protobuf, without the wrapper that makes Google's client slow


def encode(value: object, into: Message) -> None:
    """Writes a value into a message. Raises TypeError or ValueError for what none can hold."""
    if isinstance(value, str):
        into.string_value = value
    elif value is None:
        into.null_value = 0
    elif isinstance(value, bool):  # which is a number as well
        into.boolean_value = value
    elif isinstance(value, int):
        into.integer_value = value
    elif isinstance(value, float):
        into.double_value = value
    elif isinstance(value, datetime):
        into.timestamp_value.FromDatetime(value)
    else:
        _encode_several(value, into)


def _encode_several(value: object, into: Message) -> None:
    if isinstance(value, Mapping):
        into.map_value.SetInParent()  # also where it is empty
        for name, each in value.items():
            encode(each, into.map_value.fields[name])
    elif isinstance(value, list | tuple):
        into.array_value.SetInParent()
        for each in value:
            encode(each, into.array_value.values.add())
    else:
        raise TypeError(f"no value of a document: {type(value).__name__}")


@dataclass(frozen=True, slots=True)
class Unread:
    """A value that means nothing to us, whatever it is, such as a reference to a document."""

    kind: str


def decode(value: Message) -> object:
    """Reads a value. No other kind of it can be mistaken for what it means to us."""
    kind = value.WhichOneof("value_type")
    reads = _READ.get(kind)
    return reads(value) if reads is not None else Unread(kind or "")


_READ: Mapping[str, Callable[[Message], object]] = {
    "string_value": lambda value: value.string_value,
    "null_value": lambda _: None,
    "boolean_value": lambda value: value.boolean_value,
    "integer_value": lambda value: value.integer_value,
    "double_value": lambda value: value.double_value,
    "bytes_value": lambda value: value.bytes_value,
    "timestamp_value": lambda value: value.timestamp_value.ToDatetime(tzinfo=UTC),
    "array_value": lambda value: [decode(each) for each in value.array_value.values],
    "map_value": lambda value: {
        name: decode(each) for name, each in value.map_value.fields.items()
    },
}
