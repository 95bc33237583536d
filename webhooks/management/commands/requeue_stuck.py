"""Runs the sweeper: `manage.py requeue_stuck`, once a minute from a scheduler, or `--every`."""

import json
import time
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError
from django.db import close_old_connections

from visn_whatsapp.commands import LedgerCommand, in_words
from visn_whatsapp.options import pause, positive
from webhooks import clock
from webhooks.sweeper import SweepReport, sweep
from webhooks.task_queue import COMMAND_BUDGET_SECONDS, connect


class Command(LedgerCommand):
    """Exits with 0, or with 1 if the queue or the database could not be reached."""

    help = (
        "Puts events that were not settled in time into the queue again, and gives up those that "
        "had their last round. Exits with 1 if the queue or the database cannot be reached."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares the options."""
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
        parser.add_argument("--limit", type=positive, default=50_000, help="events at most")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument(
            "--every", type=pause, metavar="SECONDS", help="go on until interrupted"
        )

    def handle(self, *_: object, every: float | None, **options: Any) -> None:
        """Sweeps once, or again and again."""
        if every is None:
            self._sweep(**options)
            return
        try:
            while True:
                self._sweep_whatever_fails(**options)
                time.sleep(every)
        except KeyboardInterrupt:
            return

    def _sweep_whatever_fails(self, **options: Any) -> None:
        close_old_connections()
        try:
            self._sweep(**options)
        except CommandError as error:
            self.stderr.write(str(error))

    def _sweep(self, *, dry_run: bool, limit: int, **options: Any) -> None:
        queue = connect(budget_seconds=COMMAND_BUDGET_SECONDS)
        with in_words():
            report = sweep(queue=queue, now=clock.now(), limit=limit, dry_run=dry_run)
        self.stdout.write(_json(report) if options["json"] else _sentence(report, dry_run))
        if not report.queue_available:
            raise CommandError("The queue cannot be reached.")


def _json(report: SweepReport) -> str:
    return json.dumps(asdict(report))


def _sentence(report: SweepReport, dry_run: bool) -> str:
    verb = "To be queued" if dry_run else "Queued"
    return (
        f"{verb} again: events {report.events}, tasks {report.tasks}. Given up: {report.gave_up}."
    )
