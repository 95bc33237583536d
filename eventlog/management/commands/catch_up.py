"""Keeps figures and replays going: `manage.py catch_up`, once a minute, or `--every`."""

import json
import time
from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError
from django.db import close_old_connections

from eventlog.figures.marks import go_back
from eventlog.figures.rollups import roll_up
from eventlog.management.moments import moment
from eventlog.replay.jobs import carry_on_all, unopened_jobs
from eventlog.replay.outcomes import collect_outcomes
from listeners.restores.unknown import close_returned
from visn_whatsapp.commands import LedgerCommand, in_words
from visn_whatsapp.options import pause
from webhooks import clock
from webhooks.task_queue import COMMAND_BUDGET_SECONDS, QueueUnavailable, connect

BUDGET = timedelta(seconds=50)  # for one round: the next begins after a minute


class Command(LedgerCommand):
    """Exits with 0; with 1 if queue or database were out of reach, or no replay went on."""

    help = (
        "Adds up the figures of the dashboard, goes on with replays that are not all in the "
        "queue yet, notes the outcomes of replayed events, and which unknown deliveries came "
        "again. Safe beside itself."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares the options."""
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument(
            "--recount-since",
            type=moment,
            metavar="MOMENT",
            help="count everything from then on again, as far back as figures are kept (400 days): "
            "for rows that were added by hand",
        )
        parser.add_argument(
            "--every", type=pause, metavar="SECONDS", help="go on until interrupted"
        )

    def handle(self, *_: object, every: float | None, **options: Any) -> None:
        """Catches up once, or again and again."""
        if options["recount_since"]:
            _recount(options["recount_since"], now=clock.now())
        while True:
            try:
                self._catch_up(as_json=options["json"])
            except CommandError as error:
                if every is None:
                    raise
                self.stderr.write(str(error))
            if every is None:
                return
            time.sleep(every)
            close_old_connections()

    def _catch_up(self, *, as_json: bool) -> None:
        with in_words():
            start = clock.now()
            outcomes = collect_outcomes(now=start)
            returned = close_returned(now=start)
            # Replays have half of the time, and what figures leave of the other half.
            went_on, problem = _carry_on(until=start + BUDGET / 2)
            rolled = roll_up(clock=clock.now, until=start + BUDGET)
            if not problem:
                more, problem = _carry_on(until=start + BUDGET)
                went_on |= more
            left = unopened_jobs().count()
        report = {
            "replays": len(went_on),
            "replays_left": left,
            "outcomes": outcomes,
            "returned": returned,
            "minutes": rolled.minutes,
            "rolled_up_to": rolled.rolled_up_to.isoformat(),
            "up_to_date": rolled.up_to_date,
        }
        self.stdout.write(json.dumps(report) if as_json else _sentence(report))
        if problem:
            raise CommandError(problem)
        if left and not went_on:
            raise CommandError("There was no time for any replay.")


def _recount(since: datetime, *, now: datetime) -> None:
    if since > now:
        raise CommandError("--recount-since is in the future: nothing is counted of it yet.")
    go_back(since, now=now)


def _carry_on(*, until: datetime) -> tuple[set[UUID], str]:
    """Returns the replays that went on, and what is in the way."""
    queue = connect(budget_seconds=COMMAND_BUDGET_SECONDS)
    try:
        return carry_on_all(queue=queue, clock=clock.now, until=until), ""
    except QueueUnavailable:
        return set(), "The queue cannot be reached."


def _sentence(report: dict[str, Any]) -> str:
    behind = "" if report["up_to_date"] else ", and there is more to count"
    left = report["replays_left"]
    more = f" ({left} with events still to be opened)" if left else ""
    return (
        f"{report['minutes']} minutes were counted, up to {report['rolled_up_to']}{behind}; "
        f"{report['replays']} replays went on{more}, {report['outcomes']} outcomes were noted."
    )
