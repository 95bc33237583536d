"""Deletes what is older than people need: `manage.py prune_ledger --days 180`, once a day."""

from argparse import ArgumentParser
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError

from eventlog.emptying import SHORTEST as SHORTEST_OF_BYTES
from eventlog.emptying import Emptied, empty_old
from eventlog.replaced_indexes import drop_replaced
from eventlog.retention import SHORTEST, prune
from visn_whatsapp.commands import LedgerCommand
from visn_whatsapp.expired import forget_expired
from visn_whatsapp.options import add_json
from webhooks import chores, clock
from webhooks.chores import Chore


class Command(LedgerCommand):
    """Exits with 0, or with 1 if the database could not be reached or the time is too short."""

    help = (
        "Deletes events, raw bytes, task runs and replays of deliveries that were received so many "
        "days ago. The digest of each delivery stays, so that its bytes are not applied again. "
        "Whatever the days, expired sessions, failed logins that count no more, and indexes that "
        "only an older release looks into go as well."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares the options."""
        parser.add_argument(
            "--days", type=int, required=True, help=f"keep so many days, {SHORTEST.days} at least"
        )
        parser.add_argument(
            "--bytes-days",
            type=int,
            help="keep raw bytes for so many days only, "
            f"{SHORTEST_OF_BYTES.days} at least; events and their outcomes stay",
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would be deleted")
        add_json(parser)

    def handle(
        self, *_: object, days: int, bytes_days: int | None, dry_run: bool, **options: Any
    ) -> None:
        """Deletes, and says what."""
        if days < SHORTEST.days:
            raise CommandError(f"--days must be {SHORTEST.days} or more: Meta may still send again")
        shortest = SHORTEST_OF_BYTES.days
        if bytes_days is not None and not shortest <= bytes_days <= days:
            raise CommandError(f"--bytes-days must be {shortest} or more, and no more than --days")
        try:
            now = clock.now()
            before = now - timedelta(days=days)
        except OverflowError as error:
            raise CommandError("--days is beyond all time") from error
        pruned = prune(before=before, dry_run=dry_run)
        emptied = Emptied()
        if bytes_days is not None:
            older = now - timedelta(days=bytes_days)
            emptied = empty_old(before=older, now=now, dry_run=dry_run)
        expired = forget_expired(now=now, dry_run=dry_run)
        dropped = drop_replaced(now=now, dry_run=dry_run)
        report = asdict(pruned) | asdict(emptied) | asdict(expired) | {"dropped_indexes": dropped}
        self.tell(report, _sentence(report, dry_run), options)
        if not dry_run:
            chores.note(Chore.RETENTION, now=clock.now())


def _sentence(report: dict[str, Any], dry_run: bool) -> str:
    verb = "To be deleted" if dry_run else "Deleted"
    indexes = len(report["dropped_indexes"])
    replaced = f"; indexes of an older release {indexes}" if indexes else ""
    emptied = f"Bytes {'to be taken' if dry_run else 'taken'}: deliveries {report['emptied']}"
    left = f", left for now {report['not_emptied']}" if report["not_emptied"] else ""
    return (
        f"{verb}: events {report['events']}, of deliveries {report['deliveries']}; repeats "
        f"{report['repeats']}; replays {report['replays']}; unknown deliveries that were closed "
        f"{report['unknown']}; unreadable tasks {report['unreadable']}; expired sessions "
        f"{report['sessions']}; failed logins {report['failures']}{replaced}. "
        "Kept, since they have open events or were replayed lately: "
        f"deliveries {report['kept']}. {emptied}{left}."
    )
