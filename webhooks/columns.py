"""How the fields of a model lie in its table, and what their values are in the database."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Field, Model

Fields = tuple["Field[Any, Any]", ...]
Columns = Mapping[str, Sequence[Any]]  # by the name of a field: a value for each row


@cache
def by_name(model: type[Model]) -> "dict[str, Field[Any, Any]]":
    """The fields that have columns, in the order of the model."""
    return {field.name: field for field in model._meta.local_concrete_fields}  # noqa: SLF001 - Django documents it as public


@cache
def types(fields: Fields) -> tuple[str, ...]:
    """The types of columns, without a length: a cast would cut to it."""
    return tuple(str(field.db_type(connection)).partition("(")[0] for field in fields)


def read(cursor: Any, model: type[Model], names: Sequence[str]) -> list[list[Any]]:
    """What a cursor has found, as values of the named fields; those after them stay as they are."""
    readers = [_reader(by_name(model)[name]) for name in names]
    return [
        [
            *(convert(value) for convert, value in zip(readers, row, strict=False)),
            *row[len(readers) :],
        ]
        for row in cursor.fetchall()
    ]


@cache
def _reader(field: "Field[Any, Any]") -> Callable[[Any], Any]:
    """What makes of the database's value the field's."""
    column = field.get_col(field.model._meta.db_table)  # noqa: SLF001 - as above
    converters = [
        *connection.ops.get_db_converters(column),
        *column.get_db_converters(connection),
    ]

    def converted(value: Any) -> Any:
        for convert in converters:
            value = convert(value, column, connection)
        return value

    return converted
