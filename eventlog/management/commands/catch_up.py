"""Keeps figures and replays going: `manage.py catch_up`, once a minute, or `--every`."""

from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError

from eventlog.drift.counting import look_over
from eventlog.figures.marks import go_back
from eventlog.figures.rollups import roll_up
from eventlog.management.moments import moment, window
from eventlog.older_rows import begin_again, fill_in
from eventlog.replay.jobs import carry_on_all, unopened_jobs
from eventlog.replay.outcomes import collect_outcomes
from eventlog.watching import tell_the_log
from listeners.restores.unknown import close_returned
from visn_whatsapp.options import add_json
from visn_whatsapp.rounds import RoundsCommand
from webhooks import chores, clock
from webhooks.chores import Chore
from webhooks.task_queue import COMMAND_BUDGET_SECONDS, QueueUnavailable, connect

BUDGET = timedelta(seconds=50)  # for one round: the next begins after a minute
DRIFT_BUDGET = timedelta(seconds=10)  # of it, for looking over what came in
FILL_BUDGET = timedelta(seconds=5)  # at most, for rows of an older release


class Command(RoundsCommand):
    """Exits with 0; with 1 if queue or database were out of reach, or no replay went on."""

    help = (
        "Adds up the figures of the dashboard, goes on with replays that are not all in the "
        "queue yet, notes the outcomes of replayed events and which unknown deliveries came "
        "again, counts where payloads depart from what Meta documents, fills in what rows of an "
        "older release lack, and tells the log how the ledger stands. Safe beside itself."
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
        report, problem = _catch_up(start=clock.now())
        self.tell(report, _sentence(report), options)
        chores.note(Chore.CATCH_UP, now=clock.now())
        tell_the_log(now=clock.now())
        if problem:
            raise CommandError(problem)
        if report["replays_left"] and not report["replays"]:
            raise CommandError("There was no time for any replay.")


def _catch_up(*, start: datetime) -> tuple[dict[str, Any], str]:
    """Returns what was done, and what is in the way of replays."""
    outcomes = collect_outcomes(now=start)
    returned = close_returned(now=start)
    # Replays have half of the time, and what the others leave of the other half.
    went_on, problem = _carry_on(until=start + BUDGET / 2)
    rolled = roll_up(clock=clock.now, until=start + BUDGET - DRIFT_BUDGET)
    looked = look_over(clock=clock.now, until=start + BUDGET)
    filled = fill_in(clock=clock.now, until=min(start + BUDGET, clock.now() + FILL_BUDGET))
    if not problem:
        more, problem = _carry_on(until=start + BUDGET)
        went_on |= more
    report = {
        "replays": len(went_on),
        "replays_left": unopened_jobs().count(),
        "outcomes": outcomes,
        "returned": returned,
        "minutes": rolled.minutes,
        "rolled_up_to": rolled.rolled_up_to.isoformat(),
        "up_to_date": rolled.up_to_date,
        "looked_over": looked.deliveries,
        "looked_over_up_to": looked.up_to.isoformat(),
        "filled": filled.rows,
        "filled_down_to": filled.down_to.isoformat(),
        "filled_all": filled.done,
    }
    return report, problem


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
    rows = f" {report['filled']} older rows were filled in." if report["filled"] else ""
    return (
        f"{report['minutes']} minutes were counted, up to {report['rolled_up_to']}{behind}; "
        f"{report['replays']} replays went on{more}, {report['outcomes']} outcomes were noted."
        f"{rows}"
    )
