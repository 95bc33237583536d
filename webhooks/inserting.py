"""Inserts rows by plain SQL, as webhooks/rows.py reads and updates them."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from types import MappingProxyType
from typing import Any

from django.db import connection
from django.db.models import NOT_PROVIDED, AutoField, Field, JSONField, Model

from webhooks import storable
from webhooks.columns import Columns, Fields, by_name, read, types

COPIED_FROM = 10  # rows; a statement for fewer costs less
Written = Mapping[str, Callable[[str], str]]  # by field: from what stands for a value, its SQL


def insert(rows: Sequence[Model]) -> None:
    """Inserts rows of one model, many in one statement. Keys that the database makes stay None.

    Raises Unstorable before anything is sent, and Django's database errors.
    """
    if rows:
        fields = by_name(type(rows[0])).items()
        columns = {name: [getattr(row, field.attname) for row in rows] for name, field in fields}
        insert_columns(type(rows[0]), columns)


def insert_columns(model: type[Model], columns: Columns) -> None:
    """Inserts rows as `insert` does, without making an object of each, which costs the most.

    Fields that are not named have their default, which is the same in all rows.
    """
    if not any(columns.values()):
        return
    fields, values = _said(model, columns)
    for field, column in zip(fields, values, strict=True):
        storable.check(field, column)
    if connection.vendor == "postgresql" and len(values[0]) >= COPIED_FROM:
        _copy(model, fields, values)
        return
    for statement, parameters in _statements(model, fields, values, written={}):
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)


def insert_new(
    rows: Sequence[Model],
    *,
    unless: str,
    returning: Sequence[str] = (),
    written: Written = MappingProxyType({}),
) -> list[list[Any]]:
    """Inserts rows but for those whose key is taken; returns the named fields of the inserted.

    `unless` is the key as its unique constraint or index has it: the violation of any other is an
    error. `written` is for fields that the statement computes.
    Raises Unstorable before anything is sent, and Django's database errors.
    """
    if not rows:
        return []
    model = type(rows[0])
    fields = _fields(model, keyed=rows[0].pk is not None)
    columns = _columns(rows, fields, unchecked=written)
    names = ", ".join(f'"{by_name(model)[name].column}"' for name in returning)
    ending = f" ON CONFLICT {unless} DO NOTHING" + (f" RETURNING {names}" if names else "")
    inserted: list[list[Any]] = []
    for statement, values in _statements(model, fields, columns, written=written):
        with connection.cursor() as cursor:
            cursor.execute(statement + ending, values)
            inserted += read(cursor, model, returning) if returning else []
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


def _said(model: type[Model], columns: Columns) -> tuple[Fields, list[Sequence[Any]]]:
    """All columns but those in which each row has what the database puts there by itself."""
    count = len(next(iter(columns.values())))
    said: dict[Field[Any, Any], Sequence[Any]] = {}
    for name, field in by_name(model).items():
        values = columns[name] if name in columns else [field.get_default()] * count
        if values.count(_usual(field)) < count:
            said[field] = values
    return tuple(said), list(said.values())


@cache
def _usual(field: "Field[Any, Any]") -> object:
    """What a column holds in a row that says nothing of it; no value at all where it must.

    None is also what stands for a key that the database makes.
    """
    if isinstance(field.db_default, int | str):
        return field.db_default
    return None if field.null or isinstance(field, AutoField) else NOT_PROVIDED


def _copy(model: type[Model], fields: Fields, columns: Sequence[Sequence[Any]]) -> None:
    """PostgreSQL's own way for many rows: nothing is put into a statement and taken out again.

    In its binary form: of a row in text PostgreSQL's log would show the line.
    """
    rows = zip(*_for_postgresql(columns, fields), strict=True)
    with connection.cursor() as cursor, connection.wrap_database_errors:
        table = cursor.copy(f"COPY {_into(model, fields)} FROM STDIN (FORMAT BINARY)")
        with table as copied:
            copied.set_types(types(fields))
            for row in rows:
                copied.write_row(row)


def _for_postgresql(columns: Sequence[Sequence[Any]], fields: Fields) -> list[Sequence[Any]]:
    """The driver takes Python's values as they are, but for JSON."""
    changed = list(columns)
    for place, field in enumerate(fields):
        if isinstance(field, JSONField):
            changed[place] = [field.get_db_prep_save(value, connection) for value in columns[place]]
    return changed


@cache
def _fields(model: type[Model], *, keyed: bool) -> Fields:
    """All that a row holds; the key only where it is not the database that makes it."""
    return tuple(
        field for field in by_name(model).values() if keyed or not isinstance(field, AutoField)
    )


@cache
def _into(model: type[Model], fields: Fields) -> str:
    table = model._meta.db_table  # noqa: SLF001 - as above
    columns = ", ".join(f'"{field.column}"' for field in fields)
    return f'"{table}" ({columns})'


def _statements(
    model: type[Model], fields: Fields, columns: Sequence[Sequence[Any]], *, written: Written
) -> Iterator[tuple[str, list[Any]]]:
    """The INSERTs of these rows and their values."""
    if connection.vendor == "postgresql" and len(columns[0]) > 1:
        arrays = [list(values) for values in _for_postgresql(columns, fields)]
        yield _of_arrays(model, fields, tuple(written.items())), arrays
        return
    prepared = [
        [field.get_db_prep_save(value, connection) for value in values]
        for field, values in zip(fields, columns, strict=True)
    ]
    row = f"({', '.join(written.get(field.name, str)('%s') for field in fields)})"
    for part in _parts(list(zip(*prepared, strict=True)), size=_rows_per_statement(len(fields))):
        values = ", ".join([row] * len(part))
        yield f"INSERT INTO {_into(model, fields)} VALUES {values}", [*chain(*part)]  # noqa: S608 - names of our own


@cache
def _of_arrays(
    model: type[Model], fields: Fields, written: tuple[tuple[str, Callable[[str], str]], ...]
) -> str:
    """One array for each field: the same statement for any number of rows.

    In their binary form, of which the driver need quote nothing.
    """
    marks = ", ".join(f"%b::{type_}[]" for type_ in types(fields))
    computed = dict(written)
    names = [f'"{field.column}"' for field in fields]
    values = ", ".join(
        computed.get(field.name, str)(name) for field, name in zip(fields, names, strict=True)
    )
    return (
        f"INSERT INTO {_into(model, fields)} SELECT {values} "  # noqa: S608 - as above
        f"FROM unnest({marks}) AS v({', '.join(names)})"
    )


def _rows_per_statement(columns: int) -> int:
    parameters = connection.features.max_query_params
    return parameters // columns if parameters else 1000


def _parts(rows: Sequence[Any], *, size: int) -> Iterable[Sequence[Any]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))
