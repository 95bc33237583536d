"""Reads and updates rows by plain SQL: to make a statement costs Django more than to run it.

For the few statements of every request and every task only (benchmarks/ingress.py, listener.py).
Every value goes through its field, as it does in Django's own statements.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Field, Model

from webhooks import clock, storable
from webhooks.columns import by_name, read, types

Row = TypeVar("Row", bound=Model)
Value = tuple[str, object]  # what stands for a %s, after the name of the field that it is of


def update(model: type[Model], statement: str, *values: Value) -> None:
    """Runs an UPDATE, or an INSERT that changes what is there."""
    with connection.cursor() as cursor:
        cursor.execute(statement, _prepared(model, values))


def update_each(rows: Sequence[Row], names: Sequence[str], condition: str, *values: Value) -> None:
    """Writes the named fields of each row where the condition holds, in one statement for all.

    The condition names the columns of the table alone.
    """
    if not rows:
        return
    model = type(rows[0])
    fields = [by_name(model)[name] for name in names]
    key = next(field for field in by_name(model).values() if field.primary_key)
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
    arrays = ", ".join(f"%s::{name}[]" for name in types((*fields, key)))
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
    """As `select`, with the ledger's clock: the statement takes the time along with its rows.

    Where it finds none, each look at the clock is a query.
    """
    found = _selected(model, names, condition, values, beside=f", {clock.column()}")
    if not found:
        return [], clock.now
    return [row for row, _ in found], clock.going_on_from(found[0][1][0])


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
    fields = [field for name, field in by_name(model).items() if name in names]
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
        return read(cursor, model, names)


def marks(values: Collection[object]) -> str:
    """As many %s as there are values, for the brackets of an IN."""
    return ", ".join(["%s"] * len(values))


def _prepared(model: type[Model], values: Iterable[Value]) -> list[Any]:
    fields = by_name(model)
    return [fields[name].get_db_prep_save(value, connection) for name, value in values]
