"""Keeps figures and replays going: `manage.py catch_up`, once a minute, or `--every`."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError

from eventlog.catching_up import catch_up
from eventlog.figures.marks import go_back
from eventlog.management.moments import moment, window
from eventlog.older_rows import begin_again
from visn_whatsapp.options import add_json
from visn_whatsapp.rounds import RoundsCommand
from webhooks import chores, clock
from webhooks.chores import Chore


class Command(RoundsCommand):
    """Exits with 0; with 1 if queue or database were out of reach, or no replay went on."""

    help = (
        "Adds up the figures of the dashboard, goes on with replays that are not all in the "
        "queue yet, notes the outcomes of replayed events and which unknown deliveries came "
        "again, counts where payloads depart from what Meta documents, fills in what rows of an "
        "older release lack, looks for problems, and tells the log how the ledger stands. Safe "
        "beside itself."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares the options."""
        add_json(parser)
        parser.add_argument(
            "--recount-since",
            type=moment,
            metavar="MOMENT",
            help="count everything from then on again, as far back as figures are kept (400 days): "
            "for rows that were added by hand",
        )
        parser.add_argument(
            "--fill-again",
            action="store_true",
            help="go through all rows again for what an older release did not write: where one has "
            "been at work once more",
        )
        super().add_arguments(parser)

    def handle(self, *_: object, **options: Any) -> None:
        """Catches up once, or again and again."""
        since: datetime | None = options["recount_since"]
        if since is not None:
            now = clock.now()
            window(since, None, now=now, begins="--recount-since")
            go_back(since, now=now)
        if options["fill_again"]:
            begin_again(now=clock.now())
        super().handle(**options)

    def work(self, options: dict[str, Any]) -> None:
        """Catches up."""
        done = catch_up()
        self.tell(done.report, done.words, options)
        chores.note(Chore.CATCH_UP, now=clock.now())
        if done.hindrance:
            raise CommandError(done.hindrance)
