"""Reads and updates rows by plain SQL: to make a statement costs Django more than to run it.

For the few statements of every request and every task only (`make bench`).

Values stand in a statement by name, as `%(state)s`, and go through the field that the name begins
with, as they do in Django's own statements. Where a statement has several values of one field, two
underscores part the field from what the value is: `%(state__received)s`. A tuple becomes a list in
brackets, as for `state IN %(state__open)s`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Field, Model

from webhooks import clock, storable
from webhooks.columns import Columns, by_name, read, types

Row = TypeVar("Row", bound=Model)
Values = Mapping[str, object]  # by their names in the statement
NOTHING: Columns = MappingProxyType({})


def update(model: type[Model], statement: str, values: Values) -> None:
    """Runs an UPDATE, or an INSERT that changes what is there."""
    with connection.cursor() as cursor:
        cursor.execute(*_bound(model, statement, values))


def update_each(
    model: type[Model],
    keys: Sequence[object],
    columns: Columns,
    *,
    unchanged: Columns = NOTHING,
    where: str,
    values: Values,
) -> int:
    """Writes to each of the rows its own values where the condition holds, in one statement.

    Returns of how many it held.

    `columns` has the new values of each named field in the order of the keys, and `unchanged` what
    a row must hold still. The condition names the columns of the table alone.
    """
    if not keys:
        return 0
    fields = by_name(model)
    condition, conditions = _bound(model, where, values)
    arrays = {f"new_{name}": _each(fields[name], column) for name, column in columns.items()}
    for name in columns:
        storable.check(fields[name], arrays[f"new_{name}"])
    for name, column in unchanged.items():
        arrays[f"held_{name}"] = _each(fields[name], column)
    arrays["the_key"] = _each(_key(model), keys)
    write = _from_arrays if connection.vendor == "postgresql" else _by_key
    statement = write(model, tuple(columns), tuple(unchanged), condition)
    with connection.cursor() as cursor:
        if write is _from_arrays:
            cursor.execute(statement, {**arrays, **conditions})
        else:
            rows = zip(*arrays.values(), strict=True)
            cursor.executemany(
                statement, [dict(zip(arrays, row, strict=True)) | conditions for row in rows]
            )
        return int(cursor.rowcount)


def _each(field: "Field[Any, Any]", values: Sequence[object]) -> list[Any]:
    return [_prepared(field, value) for value in values]


def _key(model: type[Model]) -> "Field[Any, Any]":
    return next(field for field in by_name(model).values() if field.primary_key)


@lru_cache(maxsize=100)
def _from_arrays(
    model: type[Model], new: tuple[str, ...], held: tuple[str, ...], condition: str
) -> str:
    """One array for each field: PostgreSQL has as few values to read as there are fields."""
    table = model._meta.db_table  # noqa: SLF001 - as above
    fields, key = by_name(model), _key(model)
    names = [*(f"new_{name}" for name in new), *(f"held_{name}" for name in held), "the_key"]
    every = (*(fields[name] for name in (*new, *held)), key)
    arrays = ", ".join(
        f"%({name})b::{type_}[]" for name, type_ in zip(names, types(every), strict=True)
    )
    changes = ", ".join(f'"{fields[name].column}" = v.new_{name}' for name in new)
    same = "".join(f'"{table}"."{fields[name].column}" = v.held_{name} AND ' for name in held)
    return (
        f'UPDATE "{table}" SET {changes} FROM unnest({arrays}) AS v({", ".join(names)}) '  # noqa: S608 - names of our own
        f'WHERE "{table}"."{key.column}" = v.the_key AND {same}{condition}'
    )


@lru_cache(maxsize=100)
def _by_key(model: type[Model], new: tuple[str, ...], held: tuple[str, ...], condition: str) -> str:
    table = model._meta.db_table  # noqa: SLF001 - as above
    fields = by_name(model)
    changes = ", ".join(f'"{fields[name].column}" = %(new_{name})s' for name in new)
    same = "".join(f'"{fields[name].column}" = %(held_{name})s AND ' for name in held)
    return (
        f'UPDATE "{table}" SET {changes} '  # noqa: S608 - as above
        f'WHERE "{_key(model).column}" = %(the_key)s AND {same}{condition}'
    )


def select(model: type[Row], names: Sequence[str], *, where: str, values: Values) -> list[Row]:
    """Reads the rows that meet a condition. Fields that are not named are deferred."""
    return [row for row, _ in _selected(model, names, where, values)]


def select_timed(
    model: type[Row], names: Sequence[str], *, where: str, values: Values
) -> tuple[list[Row], Callable[[], datetime]]:
    """As `select`, with the ledger's clock: the statement takes the time along with its rows.

    Where it finds none, each look at the clock is a query.
    """
    found = _selected(model, names, where, values, beside=f", {clock.column()}")
    if not found:
        return [], clock.now
    return [row for row, _ in found], clock.going_on_from(found[0][1][0])


def select_beside(
    model: type[Row], names: Sequence[str], *, where: str, values: Values, beside: Sequence[str]
) -> tuple[list[Row], Sequence[Any]]:
    """As `select`, with values of SQL of ours that do not depend on the row; each None: no rows."""
    found = _selected(model, names, where, values, beside=f", {', '.join(beside)}")
    return [row for row, _ in found], found[0][1] if found else [None] * len(beside)


def _selected(
    model: type[Row], names: Sequence[str], where: str, values: Values, *, beside: str = ""
) -> list[tuple[Row, list[Any]]]:
    """The rows, each with what was read beside its fields."""
    # In the order of the model, which from_db() relies on.
    fields = [field for name, field in by_name(model).items() if name in names]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    table = model._meta.db_table  # noqa: SLF001 - Django documents it as public
    statement = f'SELECT {columns}{beside} FROM "{table}" WHERE {where}'  # noqa: S608 - names of ours
    found = query(model, [field.name for field in fields], statement, values)
    attributes = [field.attname for field in fields]
    width = len(fields)
    return [
        (model.from_db(connection.alias, attributes, row[:width]), row[width:]) for row in found
    ]


def query(
    model: type[Model], names: Sequence[str], statement: str, values: Values
) -> list[list[Any]]:
    """Runs a SELECT. Its columns are values of the named fields; those after them stay as read."""
    with connection.cursor() as cursor:
        cursor.execute(*_bound(model, statement, values))
        return read(cursor, model, names)


def listed(
    names: Sequence[str], rows: Sequence[Sequence[object]]
) -> tuple[str, Mapping[str, object]]:
    """Rows of values of the named fields as VALUES has them, and these values by their names."""
    values = {
        f"{name}__{serial}": value
        for serial, row in enumerate(rows)
        for name, value in zip(names, row, strict=True)
    }
    marks = (", ".join(f"%({name}__{serial})s" for name in names) for serial in range(len(rows)))
    return ", ".join(f"({each})" for each in marks), values


def _bound(model: type[Model], statement: str, values: Values) -> tuple[str, dict[str, Any]]:
    """The statement and its values as the driver takes them. Raises KeyError for a wrong name."""
    fields = by_name(model)
    marks: dict[str, str] = {}
    bound: dict[str, Any] = {}
    for name, value in values.items():
        field = fields[name.partition("__")[0]]
        if isinstance(value, tuple):
            each = {f"{name}__{place}": _prepared(field, one) for place, one in enumerate(value)}
            marks[name] = f"({', '.join(f'%({key})s' for key in each)})"
            bound |= each
        else:
            marks[name] = f"%({name})s"
            bound[name] = _prepared(field, value)
    return statement % marks, bound


def _prepared(field: "Field[Any, Any]", value: Any) -> Any:
    return field.get_db_prep_save(value.value if isinstance(value, Enum) else value, connection)
