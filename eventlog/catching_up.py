"""Catching up: a round of what keeps figures and replays going, for a scheduler or somebody."""

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import Error

from eventlog.channels.rounds import tell_people
from eventlog.drift.counting import look_over
from eventlog.erasing.erasures import carry_on_all as erase_on
from eventlog.erasing.erasures import unfinished
from eventlog.erasing.looking_again import look_again
from eventlog.figures.rollups import roll_up
from eventlog.older_rows import fill_in
from eventlog.problems.rounds import look_round, open_ones
from eventlog.replay.jobs import carry_on_all, unopened_jobs
from eventlog.replay.outcomes import collect_outcomes
from eventlog.watching import tell_the_log
from listeners.restores.unknown import close_returned
from webhooks import clock
from webhooks.chores import Hindrance, Round
from webhooks.task_queue import COMMAND_BUDGET_SECONDS, QueueUnavailable, connect

logger = logging.getLogger(__name__)

BUDGET = timedelta(seconds=50)  # for one round: the next begins after a minute
DRIFT_BUDGET = timedelta(seconds=10)  # of it, for looking over what came in
ERASE_BUDGET = timedelta(seconds=15)  # at most, for taking people out of the ledger
FILL_BUDGET = timedelta(seconds=5)  # at most, for rows of an older release


def catch_up() -> Round:
    """Tells the log how the ledger stands, and goes on with everything until the time is up.

    Raises Django's database errors. What cannot be told is not in the way of the rest, and told it
    is first, so that the rest is not in its way. It is looked for problems whatever fails before.
    """
    _tell(now=clock.now())
    try:
        report, queue_available = _report(start=clock.now())
    finally:
        problems = _look(now=clock.now())
        _tell_people(now=clock.now())
    report["problems"] = problems
    hindrance = None if queue_available else Hindrance.QUEUE
    if queue_available and report["replays_left"] and not report["replays"]:
        hindrance = Hindrance.TIME
    return Round(report=report, words=_sentence(report), hindrance=hindrance)


def _tell(*, now: datetime) -> None:
    try:
        tell_the_log(now=now)
    except Error as error:
        logger.exception(
            "How the ledger stands was not told.", extra={"error": type(error).__name__}
        )


def _look(*, now: datetime) -> int | None:
    """Returns how many problems are open; None: it could not be looked."""
    try:
        return len(open_ones(look_round(now=now)))
    except Error as error:
        logger.exception("Nobody looked for problems.", extra={"error": type(error).__name__})
        return None


def _tell_people(*, now: datetime) -> None:
    try:
        tell_people(now=now)
    except Error as error:
        logger.exception("People were not told of problems.", extra={"error": type(error).__name__})


def _report(*, start: datetime) -> tuple[dict[str, Any], bool]:
    """Returns what was done, and whether the queue could be reached for replays."""
    outcomes = collect_outcomes(now=start)
    returned = close_returned(now=start)
    again = look_again(now=start)
    # Replays have half of the time, and what the others leave of the other half.
    went_on, queue_available = _carry_on(until=start + BUDGET / 2)
    # Of whom is erased the row has the names until the end, so they come before the figures.
    erasures = erase_on(clock=clock.now, until=clock.now() + ERASE_BUDGET)
    rolled = roll_up(clock=clock.now, until=start + BUDGET - DRIFT_BUDGET)
    looked = look_over(clock=clock.now, until=start + BUDGET)
    filled = fill_in(clock=clock.now, until=min(start + BUDGET, clock.now() + FILL_BUDGET))
    if queue_available:
        more, queue_available = _carry_on(until=start + BUDGET)
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
        "erasures": erasures,
        "erasures_left": unfinished().count(),
        "erased_again": again.written + again.returned,
        "filled": filled.rows,
        "filled_down_to": filled.down_to.isoformat(),
        "filled_all": filled.done,
    }
    return report, queue_available


def _carry_on(*, until: datetime) -> tuple[set[UUID], bool]:
    """Returns the replays that went on, and whether the queue could be reached."""
    queue = connect(budget_seconds=COMMAND_BUDGET_SECONDS)
    try:
        return carry_on_all(queue=queue, clock=clock.now, until=until), True
    except QueueUnavailable:
        return set(), False


def _sentence(report: dict[str, Any]) -> str:
    behind = "" if report["up_to_date"] else ", and there is more to count"
    left = report["replays_left"]
    more = f" (with events still to be opened: {left})" if left else ""
    rows = f" Older rows filled in: {report['filled']}." if report["filled"] else ""
    return (
        f"Minutes counted: {report['minutes']}, up to {report['rolled_up_to']}{behind}. "
        f"Replays that went on: {report['replays']}{more}. Outcomes noted: {report['outcomes']}."
        f"{rows}"
    )
