"""What a value has to be like wherever it stands: in a document, in a transform, in a query."""

from collections.abc import Callable

from sandbox.emulators.firestore.messages import Value
from sandbox.emulators.firestore.names import check_document, database_of
from sandbox.emulators.firestore.values import RESERVED, kind_of
from sandbox.emulators.rpc import invalid

FIRST_SECOND = -62_135_596_800  # the year 1
LAST_SECOND = 253_402_300_799  # the end of the year 9999
SECOND = 1_000_000_000  # nanoseconds
POLE = 90.0  # degrees
DATE_LINE = 180.0


def check(value: Value) -> None:
    """Raises Refused for a value that is none, or that holds one."""
    check_alone(value)
    for element in value.array_value.values:
        check(element)
    for name, inner in value.map_value.fields.items():
        check_name(name)
        check(inner)


def check_alone(value: Value) -> None:
    """The same without a look at what a map or an array holds."""
    kind = kind_of(value)
    if kind not in CHECKS:
        raise invalid(f"Cannot convert firestore.v1.Value with type {kind or 'unset'}.")
    CHECKS[kind](value)


def check_name(name: str) -> None:
    """Raises Refused if no field can have this name."""
    if RESERVED.fullmatch(name):
        raise invalid(f"field name '{name}' is reserved.")


def _anything(_: Value) -> None:
    """Nothing that such a value says is wrong."""


def _timestamp(value: Value) -> None:
    if not FIRST_SECOND <= value.timestamp_value.seconds <= LAST_SECOND:
        raise invalid("Timestamp seconds exceeds limit for field.")
    if not 0 <= value.timestamp_value.nanos < SECOND:
        raise invalid("Timestamp nanos exceeds limit for field.")


def _place(value: Value) -> None:
    """NaN lies on neither side."""
    place = value.geo_point_value
    if not -POLE <= place.latitude <= POLE:
        raise invalid(f"Geo point latitude '{place.latitude}' outside permitted range.")
    if not -DATE_LINE <= place.longitude <= DATE_LINE:
        raise invalid(f"Geo point longitude '{place.longitude}' outside permitted range.")


def _reference(value: Value) -> None:
    """It may lead into any database, to a document that need not be there."""
    name = value.reference_value
    check_document(name, database=database_of(name))


CHECKS: dict[str, Callable[[Value], None]] = {
    "null_value": _anything,
    "boolean_value": _anything,
    "integer_value": _anything,
    "double_value": _anything,
    "timestamp_value": _timestamp,
    "string_value": _anything,
    "bytes_value": _anything,
    "reference_value": _reference,
    "geo_point_value": _place,
    "array_value": _anything,
    "map_value": _anything,
}
