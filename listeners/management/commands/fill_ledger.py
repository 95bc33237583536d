"""Makes a large ledger to measure against: `manage.py fill_ledger --events 2000000`."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import BigAutoField, Field, JSONField, Max, Model
from django.utils import timezone

from listeners.management.filling import Filled, made_up
from listeners.models import Placement, TaskRun
from webhooks.models import Delivery, Event

Row = TypeVar("Row", bound=Model)

DELIVERIES_AT_A_TIME = 1000


class Command(BaseCommand):
    """Exits with 0, or with 1 where it refuses."""

    help = "Fills the ledger with made-up events, for measurements. Refuses on a deployed database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares the options."""
        parser.add_argument("--events", type=int, default=20_000)
        parser.add_argument("--deliveries", type=int, default=5_000)
        parser.add_argument("--days", type=int, default=30, help="over so many days until now")
        parser.add_argument("--seed", type=int, default=1, help="another ledger for each")

    def handle(
        self, *_: object, events: int, deliveries: int, days: int, seed: int, **__: Any
    ) -> None:
        """Writes it."""
        if settings.DEPLOYED:
            raise CommandError("This database is deployed: made-up events have no place in it.")
        ledger = made_up(
            deliveries=deliveries,
            events=events,
            days=days,
            now=timezone.now(),
            seed=seed,
            first_id=(Event.objects.aggregate(last=Max("pk"))["last"] or 0) + 1,
        )
        written = 0
        for filled in _batches(ledger):
            _write(filled)
            written += sum(len(each.events) for each in filled)
            self.stdout.write(f"\r{written} of {events} events", ending="")
        _go_on_after_the_ids()
        _look_at_the_sizes()
        self.stdout.write(f"\r{written} events in {deliveries} deliveries.")


def _batches(ledger: Iterator[Filled]) -> Iterator[list[Filled]]:
    while batch := list(islice(ledger, DELIVERIES_AT_A_TIME)):
        yield batch


def _write(filled: Sequence[Filled]) -> None:
    with transaction.atomic():
        _insert(Delivery, [each.delivery for each in filled])
        _insert(Event, [event for each in filled for event in each.events])
        _insert(Placement, [placement for each in filled for placement in each.placements])
        _insert(TaskRun, [each.run for each in filled if each.run])


def _insert(model: type[Row], rows: Sequence[Row]) -> None:
    if connection.vendor == "postgresql":
        _copy(model, rows)
    else:
        model._default_manager.bulk_create(rows)  # noqa: SLF001 (Django's own way)


def _copy(model: type[Row], rows: Sequence[Row]) -> None:
    """PostgreSQL takes in rows this way several times as fast as by INSERT."""
    meta = model._meta  # noqa: SLF001 (Django's own way)
    fields = [
        field
        for field in meta.concrete_fields
        if model is Event or not isinstance(field, BigAutoField)
    ]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    table = quote(meta.db_table)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([_value(row, field) for field in fields])


def _value(row: Model, field: "Field[Any, Any]") -> object:
    value = getattr(row, field.attname)
    return json.dumps(value) if isinstance(field, JSONField) else value


def _go_on_after_the_ids() -> None:
    """Lets the next event get an id after these, which were given by hand."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [Event]):
            cursor.execute(statement)


def _look_at_the_sizes() -> None:
    """Lets the database learn what it holds, as it would by itself in time."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
