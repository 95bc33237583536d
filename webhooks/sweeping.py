"""A round of the sweeper, as a scheduler or somebody at a command line starts it."""

from dataclasses import asdict
from datetime import timedelta

from visn_whatsapp.budget import Budget
from webhooks import clock
from webhooks.chores import Hindrance, Round
from webhooks.sweeper import SweepReport, sweep
from webhooks.task_queue import COMMAND_BUDGET_SECONDS, connect

LIMIT = 50_000  # events


def sweep_round(
    *,
    limit: int = LIMIT,
    dry_run: bool = False,
    ahead: timedelta = timedelta(),
    seconds: float | None = None,
) -> Round:
    """Sweeps as `sweep` has it, for so long at most. Raises Django's database errors."""
    report = sweep(
        queue=connect(budget_seconds=COMMAND_BUDGET_SECONDS),
        clock=clock.now,
        limit=limit,
        dry_run=dry_run,
        ahead=ahead,
        budget=None if seconds is None else Budget(seconds),
    )
    return Round(
        report=asdict(report),
        words=_sentence(report, dry_run),
        hindrance=None if report.queue_available else Hindrance.QUEUE,
    )


def _sentence(report: SweepReport, dry_run: bool) -> str:
    verb = "To be queued" if dry_run else "Queued"
    reopened = f" Opened again by aliases: {report.reopened}." if report.reopened else ""
    return (
        f"{verb} again: events {report.events}, tasks {report.tasks}. "
        f"Given up: {report.gave_up}.{reopened}"
    )
