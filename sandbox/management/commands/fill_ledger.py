"""Makes a large ledger to measure against: `manage.py fill_ledger --events 2000000`."""

from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from sandbox.filling.ledger import Filled, made_up
from visn_whatsapp.commands import LedgerCommand
from webhooks.inserting import insert
from webhooks.models import Event

DELIVERIES_AT_A_TIME = 1000


class Command(LedgerCommand):
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
        insert([each.delivery for each in filled])
        insert([event for each in filled for event in each.events])
        insert([placement for each in filled for placement in each.placements])
        insert([each.run for each in filled if each.run])


def _go_on_after_the_ids() -> None:
    """Lets the next event get an id after these, which were given by hand."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [Event]):
            cursor.execute(statement)


def _look_at_the_sizes() -> None:
    """Lets the database learn what it holds, as it would by itself in time."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
