"""Deletes what is older than people need: `manage.py prune_ledger --days 180`, once a day."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from listeners.retention import SHORTEST, Pruned, prune
from visn_whatsapp.commands import LedgerCommand


class Command(LedgerCommand):
    """Exits with 0, or with 1 if the database could not be reached or the time is too short."""

    help = (
        "Deletes events, raw bytes, task runs and replays of deliveries that were received so many "
        "days ago. The digest of each delivery stays, so that its bytes are not applied again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares the options."""
        parser.add_argument(
            "--days", type=int, required=True, help=f"keep so many days, {SHORTEST.days} at least"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would be deleted")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *_: object, days: int, dry_run: bool, **options: Any) -> None:
        """Deletes, and says what."""
        if days < SHORTEST.days:
            raise CommandError(f"--days must be {SHORTEST.days} or more: Meta may still send again")
        try:
            before = timezone.now() - timedelta(days=days)
        except OverflowError as error:
            raise CommandError("--days is beyond all time") from error
        pruned = prune(before=before, dry_run=dry_run)
        report = json.dumps(asdict(pruned)) if options["json"] else _sentence(pruned, dry_run)
        self.stdout.write(report)


def _sentence(pruned: Pruned, dry_run: bool) -> str:
    verb = "To be deleted" if dry_run else "Deleted"
    return (
        f"{verb}: events {pruned.events}, of deliveries {pruned.deliveries}; repeats "
        f"{pruned.repeats}; replays {pruned.replays}; unknown deliveries that were closed "
        f"{pruned.unknown}. Kept, since they have open events or were "
        f"replayed lately: deliveries {pruned.kept}."
    )
