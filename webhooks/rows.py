"""Reads and writes rows by plain SQL: to put a statement together costs Django more than to run it.

For the few statements of every request and every task only (benchmarks/ingress.py, listener.py).
Every value goes through its field, as it does in Django's own statements.
"""

from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar

from django.db import connection
from django.db.models import AutoField, Field, JSONField, Model

from webhooks import clock, storable

Row = TypeVar("Row", bound=Model)
Fields = tuple["Field[Any, Any]", ...]
COPIED_FROM = 10  # rows; a statement for fewer costs less
Value = tuple[str, object]  # what stands for a %s, after the name of the field that it is of


def insert(rows: Sequence[Model]) -> None:
    """Inserts rows of one model, many in one statement. Keys that the database makes stay None.

    Raises Unstorable before anything is sent, and Django's database errors.
    """
    if not rows:
        return
    fields = _fields(type(rows[0]), keyed=rows[0].pk is not None)
    columns = _columns(rows, fields)
    if connection.vendor == "postgresql" and len(rows) >= COPIED_FROM:
        _copy(type(rows[0]), fields, columns)
        return
    size = _rows_per_statement(len(fields))
    for part in _parts(list(zip(*columns, strict=True)), size=size):
        with connection.cursor() as cursor:
            cursor.execute(*_statement(type(rows[0]), fields, part, written={}))


def insert_new(
    rows: Sequence[Row],
    *,
    unless: str,
    returning: Sequence[str] = (),
    written: Mapping[str, str] = MappingProxyType({}),
) -> list[list[Any]]:
    """Inserts rows but for those whose key is taken; returns the named fields of the inserted.

    `unless` is the key as its unique constraint or index has it: the violation of any other is an
    error. `written` has the SQL of fields that the statement computes, from one %s of theirs.
    Raises Unstorable before anything is sent, and Django's database errors.
    """
    if not rows:
        return []
    model = type(rows[0])
    fields = _fields(model, keyed=rows[0].pk is not None)
    columns = _columns(rows, fields, unchecked=written)
    names = ", ".join(f'"{_by_name(model)[name].column}"' for name in returning)
    ending = f" ON CONFLICT {unless} DO NOTHING" + (f" RETURNING {names}" if names else "")
    inserted: list[list[Any]] = []
    size = _rows_per_statement(len(fields))
    for part in _parts(list(zip(*columns, strict=True)), size=size):
        statement, values = _statement(model, fields, part, written=written)
        with connection.cursor() as cursor:
            cursor.execute(statement + ending, values)
            inserted += _read(cursor, model, returning) if returning else []
    return inserted


def _columns(
    rows: Sequence[Model], fields: Fields, *, unchecked: Container[str] = ()
) -> list[list[Any]]:
    """The values of each field, as the database will take them."""
    columns = [[getattr(row, field.attname) for row in rows] for field in fields]
    for field, values in zip(fields, columns, strict=True):
        if field.name not in unchecked:
            storable.check(field, values)
    return columns


def _copy(model: type[Model], fields: Fields, columns: Sequence[Sequence[Any]]) -> None:
    """PostgreSQL's own way for many rows: nothing is put into a statement and taken out again.

    In its binary form: of a row in text PostgreSQL's log would show the line. The driver takes
    Python's values as they are, but for JSON.
    """
    json = [place for place, field in enumerate(fields) if isinstance(field, JSONField)]
    rows = zip(*_with_json(columns, fields, json), strict=True)
    with connection.cursor() as cursor, connection.wrap_database_errors:
        table = cursor.copy(f"COPY {_into(model, fields)} FROM STDIN (FORMAT BINARY)")
        with table as copied:
            copied.set_types(_types(fields))
            for row in rows:
                copied.write_row(row)


def _with_json(
    columns: Sequence[Sequence[Any]], fields: Fields, places: Collection[int]
) -> list[Sequence[Any]]:
    changed = list(columns)
    for place in places:
        prepared = fields[place].get_db_prep_save
        changed[place] = [prepared(value, connection) for value in columns[place]]
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
    for field, column in zip(fields, columns, strict=False):
        storable.check(field, column)
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
    arrays = ", ".join(f"%s::{name}[]" for name in _types((*fields, key)))
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
    return [row for row, _ in _selected(model, names, condition, values)]


def select_timed(
    model: type[Row], names: Sequence[str], condition: str, *values: Value
) -> tuple[list[Row], Callable[[], datetime]]:
    """As `select`, with the ledger's clock: the statement takes the time along."""
    found = _selected(model, names, condition, values, beside=f", {clock.column()}")
    return [row for row, _ in found], clock.going_on_from(found[0][1][0] if found else None)


def select_beside(
    model: type[Row], names: Sequence[str], condition: str, *values: Value, beside: str
) -> tuple[list[Row], Any]:
    """As `select`, with a value of SQL of ours that does not depend on the row; None: no rows."""
    found = _selected(model, names, condition, values, beside=f", {beside}")
    return [row for row, _ in found], found[0][1][0] if found else None


def _selected(
    model: type[Row],
    names: Sequence[str],
    condition: str,
    values: Sequence[Value],
    *,
    beside: str = "",
) -> list[tuple[Row, list[Any]]]:
    """The rows, each with what was read beside its fields."""
    # In the order of the model, which from_db() relies on.
    fields = [field for name, field in _by_name(model).items() if name in names]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    table = model._meta.db_table  # noqa: SLF001 - Django documents it as public
    statement = f'SELECT {columns}{beside} FROM "{table}" WHERE {condition}'  # noqa: S608 - names of ours
    found = query(model, [field.name for field in fields], statement, *values)
    attributes = [field.attname for field in fields]
    width = len(fields)
    return [
        (model.from_db(connection.alias, attributes, row[:width]), row[width:]) for row in found
    ]


def query(
    model: type[Model], names: Sequence[str], statement: str, *values: Value
) -> list[list[Any]]:
    """Runs a SELECT. Its columns are values of the named fields; those after them stay as read."""
    with connection.cursor() as cursor:
        cursor.execute(statement, _prepared(model, values))
        return _read(cursor, model, names)


def _read(cursor: Any, model: type[Model], names: Sequence[str]) -> list[list[Any]]:
    readers = [_reader(_by_name(model)[name]) for name in names]
    return [
        [*(read(value) for read, value in zip(readers, row, strict=False)), *row[len(readers) :]]
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


@cache
def _types(fields: Fields) -> tuple[str, ...]:
    """The types of columns, without a length: a cast would cut to it."""
    return tuple(str(field.db_type(connection)).partition("(")[0] for field in fields)


def _statement(
    model: type[Model],
    fields: Fields,
    rows: Sequence[Sequence[Any]],
    *,
    written: Mapping[str, str],
) -> tuple[str, list[Any]]:
    """An INSERT and its values."""
    row = f"({', '.join(written.get(field.name, '%s') for field in fields)})"
    statement = f"INSERT INTO {_into(model, fields)} VALUES {', '.join([row] * len(rows))}"  # noqa: S608 - names of our own
    return statement, [
        field.get_db_prep_save(value, connection)
        for values in rows
        for field, value in zip(fields, values, strict=True)
    ]


def _rows_per_statement(columns: int) -> int:
    parameters = connection.features.max_query_params
    return parameters // columns if parameters else 1000


def _parts(rows: Sequence[Any], *, size: int) -> Iterable[Sequence[Any]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))
