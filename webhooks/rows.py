"""Writes rows by plain SQL: to put a statement together costs Django more than to run it.

For the few statements of every request only (benchmarks/ingress.py). Every value goes through its
field, as it does in Django's own statements.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import AutoField, Field, Model


def insert(rows: Sequence[Model]) -> None:
    """Inserts rows of one model, many in one statement. Keys that the database makes stay None."""
    if not rows:
        return
    fields = _fields(type(rows[0]))
    for part in _parts(rows, size=_rows_per_statement(len(fields))):
        values = [
            field.get_db_prep_save(getattr(row, field.attname), connection)
            for row in part
            for field in fields
        ]
        with connection.cursor() as cursor:
            cursor.execute(_statement(type(rows[0]), len(part)), values)


def update(model: type[Model], statement: str, *values: tuple[str, object]) -> None:
    """Runs an UPDATE; each value comes with the name of the field that it stands for."""
    fields = {field.name: field for field in _fields(model)}
    prepared = [fields[name].get_db_prep_save(value, connection) for name, value in values]
    with connection.cursor() as cursor:
        cursor.execute(statement, prepared)


@cache
def _fields(model: type[Model]) -> tuple["Field[Any, Any]", ...]:
    fields = model._meta.local_concrete_fields  # noqa: SLF001 - Django documents it as public
    return tuple(field for field in fields if not isinstance(field, AutoField))


@cache
def _into(model: type[Model]) -> str:
    table = model._meta.db_table  # noqa: SLF001 - as above
    columns = ", ".join(f'"{field.column}"' for field in _fields(model))
    return f'INSERT INTO "{table}" ({columns}) VALUES '  # noqa: S608 - names of our own


def _statement(model: type[Model], number: int) -> str:
    row = f"({', '.join(['%s'] * len(_fields(model)))})"
    return _into(model) + ", ".join([row] * number)


def _rows_per_statement(columns: int) -> int:
    parameters = connection.features.max_query_params
    return parameters // columns if parameters else 1000


def _parts(rows: Sequence[Model], *, size: int) -> Iterable[Sequence[Model]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))
