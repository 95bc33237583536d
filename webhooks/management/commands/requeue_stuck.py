"""Runs the sweeper: `manage.py requeue_stuck`, once a minute from a scheduler, or `--every`."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError

from visn_whatsapp.options import add_json, positive
from visn_whatsapp.rounds import RoundsCommand
from webhooks import chores, clock
from webhooks.chores import Chore
from webhooks.sweeper import LONGEST_INTERVAL
from webhooks.sweeping import LIMIT, sweep_round


class Command(RoundsCommand):
    """Exits with 0, or with 1 if the queue or the database could not be reached."""

    help = (
        "Puts events that were not settled in time into the queue again, and gives up those that "
        "had their last round. Exits with 1 if the queue or the database cannot be reached."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares the options."""
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
        parser.add_argument(
            "--ahead",
            type=int,
            choices=range(1, LONGEST_INTERVAL // timedelta(hours=1) + 1),
            default=0,
            metavar="HOURS",
            help="also what is due within so many hours: after the queue was purged",
        )
        parser.add_argument("--limit", type=positive, default=LIMIT, help="events at most")
        add_json(parser)
        super().add_arguments(parser)

    def work(self, options: dict[str, Any]) -> None:
        """Sweeps."""
        dry_run = options["dry_run"]
        done = sweep_round(
            limit=options["limit"], dry_run=dry_run, ahead=timedelta(hours=options["ahead"])
        )
        self.tell(done.report, done.words, options)
        if not dry_run:
            chores.note(Chore.SWEEPER, now=clock.now())
        if done.hindrance:
            raise CommandError(done.hindrance)
