"""Values of documents, as Firestore's messages hold them."""

from collections.abc import Mapping
from datetime import datetime
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
