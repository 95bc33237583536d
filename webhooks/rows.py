"""Reads and writes rows by plain SQL: to put a statement together costs Django more than to run it.

For the few statements of every request and every task only (benchmarks/ingress.py, listener.py).
Every value goes through its field, as it does in Django's own statements.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

from django.db import connection
from django.db.models import AutoField, Field, JSONField, Model

Row = TypeVar("Row", bound=Model)
Fields = tuple["Field[Any, Any]", ...]
COPIED_FROM = 10  # rows; a statement for fewer costs less
Value = tuple[str, object]  # what stands for a %s, after the name of the field that it is of


def insert(rows: Sequence[Model], *, unless_there: bool = False) -> None:
    """Inserts rows of one model, many in one statement. Keys that the database makes stay None.

    `unless_there` passes over rows that a unique constraint refuses.
    """
    if not rows:
        return
    fields = _fields(type(rows[0]), keyed=rows[0].pk is not None)
    if connection.vendor == "postgresql" and len(rows) >= COPIED_FROM and not unless_there:
        _copy(rows, fields)
    else:
        _insert(rows, fields, ending=" ON CONFLICT DO NOTHING" if unless_there else "")


def _insert(rows: Sequence[Model], fields: Fields, *, ending: str) -> None:
    for part in _parts(rows, size=_rows_per_statement(len(fields))):
        values = [
            field.get_db_prep_save(getattr(row, field.attname), connection)
            for row in part
            for field in fields
        ]
        with connection.cursor() as cursor:
            cursor.execute(_statement(type(rows[0]), fields, len(part)) + ending, values)


def _copy(rows: Sequence[Model], fields: Fields) -> None:
    """PostgreSQL's own way for many rows: nothing is put into a statement and taken out again.

    Its driver takes Python's values as they are, but for JSON.
    """
    values_of = attrgetter(*(field.attname for field in fields))
    json = [place for place, field in enumerate(fields) if isinstance(field, JSONField)]
    with connection.cursor() as cursor, connection.wrap_database_errors:
        table = cursor.copy(f"COPY {_into(type(rows[0]), fields)} FROM STDIN")
        with table as copied:
            for row in rows:
                values = values_of(row)
                copied.write_row(_with_json(values, fields, json) if json else values)


def _with_json(values: Sequence[Any], fields: Fields, places: Collection[int]) -> list[Any]:
    changed = list(values)
    for place in places:
        changed[place] = fields[place].get_db_prep_save(values[place], connection)
    return changed


def update(model: type[Model], statement: str, *values: Value) -> None:
    """Runs an UPDATE."""
    with connection.cursor() as cursor:
        cursor.execute(statement, _prepared(model, values))


def update_each(rows: Sequence[Row], names: Sequence[str], condition: str, *values: Value) -> None:
    """Writes the named fields of each row where the condition holds, in one statement for all.

    The condition names the columns of the table alone.
    """
    if not rows:
        return
    model = type(rows[0])
    fields = [_by_name(model)[name] for name in names]
    key = next(field for field in _by_name(model).values() if field.primary_key)
    conditions = _prepared(model, values)
    columns = [[_saved(field, row) for row in rows] for field in (*fields, key)]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_from_arrays(model, fields, key, condition), [*columns, *conditions])
        else:
            each = [[*row, *conditions] for row in zip(*columns, strict=True)]
            cursor.executemany(_by_key(model, fields, key, condition), each)


def _saved(field: "Field[Any, Any]", row: Model) -> Any:
    value = getattr(row, field.attname)
    return field.get_db_prep_save(value.value if isinstance(value, Enum) else value, connection)


def _from_arrays(
    model: type[Model], fields: Sequence["Field[Any, Any]"], key: "Field[Any, Any]", condition: str
) -> str:
    """One array for each field: PostgreSQL has as few values to read as there are fields."""
    table = model._meta.db_table  # noqa: SLF001 - as above
    changes = ", ".join(f'"{field.column}" = v.c{place}' for place, field in enumerate(fields))
    # Without a length, to which a cast would cut.
    types = [str(field.db_type(connection)).partition("(")[0] for field in (*fields, key)]
    arrays = ", ".join(f"%s::{name}[]" for name in types)
    names = ", ".join(f"c{place}" for place in range(len(fields)))
    return (
        f'UPDATE "{table}" SET {changes} FROM unnest({arrays}) AS v({names}, k) '  # noqa: S608 - names of our own
        f'WHERE "{table}"."{key.column}" = v.k AND {condition}'
    )


def _by_key(
    model: type[Model], fields: Sequence["Field[Any, Any]"], key: "Field[Any, Any]", condition: str
) -> str:
    table = model._meta.db_table  # noqa: SLF001 - as above
    changes = ", ".join(f'"{field.column}" = %s' for field in fields)
    return f'UPDATE "{table}" SET {changes} WHERE "{key.column}" = %s AND {condition}'  # noqa: S608 - as above


def select(model: type[Row], names: Sequence[str], condition: str, *values: Value) -> list[Row]:
    """Reads the rows that meet a condition. Fields that are not named are deferred."""
    # In the order of the model, which from_db() relies on.
    fields = [field for name, field in _by_name(model).items() if name in names]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    table = model._meta.db_table  # noqa: SLF001 - Django documents it as public
    statement = f'SELECT {columns} FROM "{table}" WHERE {condition}'  # noqa: S608 - names of ours
    found = query(model, [field.name for field in fields], statement, *values)
    attributes = [field.attname for field in fields]
    return [model.from_db(connection.alias, attributes, row) for row in found]


def query(
    model: type[Model], names: Sequence[str], statement: str, *values: Value
) -> list[list[Any]]:
    """Runs a SELECT. Its columns are values of the named fields; those after them stay as read."""
    readers = [_reader(_by_name(model)[name]) for name in names]
    with connection.cursor() as cursor:
        cursor.execute(statement, _prepared(model, values))
        return [
            [
                *(read(value) for read, value in zip(readers, row, strict=False)),
                *row[len(readers) :],
            ]
            for row in cursor.fetchall()
        ]


def marks(values: Collection[object]) -> str:
    """As many %s as there are values, for the brackets of an IN."""
    return ", ".join(["%s"] * len(values))


def _prepared(model: type[Model], values: Iterable[Value]) -> list[Any]:
    fields = _by_name(model)
    return [fields[name].get_db_prep_save(value, connection) for name, value in values]


@cache
def _reader(field: "Field[Any, Any]") -> Callable[[Any], Any]:
    """What makes of the database's value the field's."""
    column = field.get_col(field.model._meta.db_table)  # noqa: SLF001 - as above
    converters = [
        *connection.ops.get_db_converters(column),
        *column.get_db_converters(connection),
    ]

    def read(value: Any) -> Any:
        for convert in converters:
            value = convert(value, column, connection)
        return value

    return read


@cache
def _by_name(model: type[Model]) -> "dict[str, Field[Any, Any]]":
    return {field.name: field for field in model._meta.local_concrete_fields}  # noqa: SLF001


@cache
def _fields(model: type[Model], *, keyed: bool) -> Fields:
    """All that a row holds; the key only where it is not the database that makes it."""
    return tuple(
        field for field in _by_name(model).values() if keyed or not isinstance(field, AutoField)
    )


@cache
def _into(model: type[Model], fields: Fields) -> str:
    table = model._meta.db_table  # noqa: SLF001 - as above
    columns = ", ".join(f'"{field.column}"' for field in fields)
    return f'"{table}" ({columns})'


def _statement(model: type[Model], fields: Fields, number: int) -> str:
    row = f"({', '.join(['%s'] * len(fields))})"
    return f"INSERT INTO {_into(model, fields)} VALUES {', '.join([row] * number)}"  # noqa: S608 - names of our own


def _rows_per_statement(columns: int) -> int:
    parameters = connection.features.max_query_params
    return parameters // columns if parameters else 1000


def _parts(rows: Sequence[Model], *, size: int) -> Iterable[Sequence[Model]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))
