"""What a document may look like, and how large it may be.

Sizes are counted as https://cloud.google.com/firestore/docs/storage-size says.
"""

from sandbox.emulators.firestore.kinds import check_alone, check_name
from sandbox.emulators.firestore.messages import Document, Value
from sandbox.emulators.firestore.names import check_lengths, path_of
from sandbox.emulators.firestore.values import Fields, kind_of
from sandbox.emulators.rpc import invalid

LARGEST_DOCUMENT_BYTES = 1_048_576
LARGEST_VALUE_BYTES = 1_048_487  # of one string or bytes
LONGEST_FIELD_NAME_BYTES = 1500
DEEPEST_MAP = 20
NAME_OVERHEAD_BYTES = 16
DOCUMENT_OVERHEAD_BYTES = 32
MICROSECOND = 1000  # nanoseconds

FIXED_SIZES = {
    "null_value": 1,
    "boolean_value": 1,
    "integer_value": 8,
    "double_value": 8,
    "timestamp_value": 8,
    "geo_point_value": 16,
}


def check(document: Document) -> None:
    """Raises Refused for what can be stored in no document, however small."""
    _fields(document.fields, depth=0)


def normalise(document: Document) -> None:
    """Cuts timestamps to microseconds. Raises Refused if the document cannot be stored so."""
    size = _name_size(document.name) + DOCUMENT_OVERHEAD_BYTES + _fields(document.fields, depth=0)
    if size > LARGEST_DOCUMENT_BYTES:
        raise invalid(
            f"Document '{document.name}' cannot be written because its size ({size:,} bytes) "
            f"exceeds the maximum allowed size of {LARGEST_DOCUMENT_BYTES:,} bytes."
        )


def _name_size(name: str) -> int:
    return NAME_OVERHEAD_BYTES + sum(_text_size(segment) for segment in path_of(name))


def _text_size(text: str) -> int:
    return len(text.encode()) + 1


def _fields(fields: Fields, *, depth: int) -> int:
    """Returns the size of the fields of a document (depth 0) or of a map in it."""
    if depth > DEEPEST_MAP:
        raise invalid(f"A property contains an invalid nested entity: over {DEEPEST_MAP} maps.")
    size = 0
    for name, value in fields.items():
        check_name(name)
        if not 0 < len(name.encode()) <= LONGEST_FIELD_NAME_BYTES:
            raise invalid(
                f"The property.name is empty or longer than {LONGEST_FIELD_NAME_BYTES} bytes."
            )
        size += _text_size(name) + _value(value, name=name, depth=depth)
    return size


def _value(value: Value, *, name: str, depth: int) -> int:
    check_alone(value)
    kind = kind_of(value)
    if kind == "timestamp_value":
        value.timestamp_value.nanos -= value.timestamp_value.nanos % MICROSECOND
    if kind in FIXED_SIZES:
        return FIXED_SIZES[kind]
    if kind == "array_value":
        return max(1, _array(value, name=name, depth=depth))
    if kind == "map_value":
        return max(1, _fields(value.map_value.fields, depth=depth + 1))
    if kind == "reference_value":
        check_lengths(value.reference_value)
        return _name_size(value.reference_value)
    return _text(value, kind=kind, name=name)


def _text(value: Value, *, kind: str, name: str) -> int:
    if kind == "string_value":
        size = _text_size(value.string_value)
        length = size - 1
    else:
        size = length = len(value.bytes_value)
    if length > LARGEST_VALUE_BYTES:
        raise invalid(f'The value of property "{name}" is longer than {LARGEST_VALUE_BYTES} bytes.')
    return size


def _array(value: Value, *, name: str, depth: int) -> int:
    elements = value.array_value.values
    if any(kind_of(element) == "array_value" for element in elements):
        raise invalid("Cannot convert an array value in an array value.")
    # An array counts as one more map around its elements.
    return sum(_value(element, name=name, depth=depth + 1) for element in elements)
