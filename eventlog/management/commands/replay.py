"""Replays from the command line: `manage.py replay --reason no_active_tracking --since …`."""

from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.management.base import CommandError

from eventlog.management.moments import add_window, window
from eventlog.models import ReplayJob
from eventlog.questions.filters import EventFilter
from eventlog.replay.choosing import of_events, of_filter
from eventlog.replay.jobs import (
    NothingToReplay,
    Request,
    TooManyEvents,
    carry_on,
    start,
)
from eventlog.replay.progress import Progress, progress
from eventlog.replay.selection import Preview, Selection, preview
from visn_whatsapp.commands import LedgerCommand
from visn_whatsapp.options import add_json, positive
from webhooks import clock
from webhooks.outcomes import REOPENABLE, Reason, State
from webhooks.task_queue import COMMAND_BUDGET_SECONDS, QueueUnavailable, connect

BUDGET = timedelta(minutes=10)
# Any of them is a choice.
CHOICES = ("event", "delivery", "state", "reason", "since", "last", "until")


class Command(LedgerCommand):
    """Exits with 0, or with 1 if nothing was replayed or the queue could not be reached."""

    help = (
        "Opens skipped, failed and ignored events again and puts them into the queue. Choose some, "
        "or --all; without --since and --last, those received in the last 24 hours. What is left "
        "when the queue cannot be reached is carried on by catch_up and the sweeper."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares the options."""
        reopenable = [reason.value for reason in Reason if reason.state in REOPENABLE]
        parser.add_argument("--event", type=positive, action="append", help="an event's id")
        parser.add_argument("--delivery", type=UUID, help="all events of a delivery")
        parser.add_argument("--state", choices=sorted(REOPENABLE), action="append", default=[])
        parser.add_argument("--reason", choices=reopenable, action="append", default=[])
        add_window(parser)
        parser.add_argument(
            "--all", action="store_true", help="everything of the last 24 hours that can be"
        )
        parser.add_argument("--name", default="", help="of the replay, free of personal data")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
        add_json(parser)

    def handle(self, *_: object, **options: Any) -> None:
        """Shows what would be replayed, and replays it."""
        now = clock.now()
        selection = _selection(options, now=now)
        found = preview(selection, limit=settings.REPLAY_MAX_EVENTS)
        report: dict[str, Any] = {"choice": selection.words, **_report(found)}
        try:
            if not options["dry_run"]:
                if not (options["all"] or any(options[name] for name in CHOICES)):
                    raise CommandError("Choose events, or --all for all of these.")
                self._replay(selection, name=options["name"], now=now, report=report)
        finally:
            self.tell(report, _sentences(found, report), options)

    def _replay(
        self, selection: Selection, *, name: str, now: datetime, report: dict[str, Any]
    ) -> None:
        job = _start(selection, name=name, now=now)
        try:
            carry_on(
                job,
                queue=connect(budget_seconds=COMMAND_BUDGET_SECONDS),
                clock=clock.now,
                until=now + BUDGET,
            )
        except QueueUnavailable as error:
            raise CommandError(
                "The queue cannot be reached. catch_up opens what is still to be opened, and the "
                "sweeper puts what has no task into the queue."
            ) from error
        finally:
            report |= {"job": str(job.pk), **_standing(progress(job))}


def _start(selection: Selection, *, name: str, now: datetime) -> ReplayJob:
    request = Request(
        job_id=uuid4(),
        name=(name or selection.words)[:100],
        selection=selection,
        asked_by=None,
    )
    try:
        return start(request, now=now)
    except NothingToReplay as error:
        raise CommandError("There is nothing to replay.") from error
    except TooManyEvents as error:
        raise CommandError(
            f"More than {settings.REPLAY_MAX_EVENTS} events: narrow the choice."
        ) from error


def _selection(options: dict[str, Any], *, now: datetime) -> Selection:
    if options["event"]:
        return of_events(options["event"])
    wanted = EventFilter(
        states=tuple(map(State.of, options["state"])),
        reasons=tuple(map(Reason.of, options["reason"])),
        window=window(options["since"], options["until"], now=now, last=options["last"]),
        delivery=options["delivery"],
    )
    return of_filter(wanted, now=now)


def _report(found: Preview) -> dict[str, object]:
    groups = [
        {"state": group.state.value, "reason": group.reason.value, "events": group.count}
        for group in found.groups
    ]
    return {"replayable": found.replayable, "left_alone": found.left_alone, "groups": groups}


def _standing(found: Progress) -> dict[str, int]:
    """Where the chosen events are once the command ends."""
    return {
        "queued": found.queued + found.waiting + found.done,
        "without_task": found.without_task,
        "to_open": found.to_open,
    }


def _sentences(found: Preview, report: dict[str, Any]) -> str:
    lines = [f"Chosen: {report['choice']}."]
    lines += [
        f"{group.count:>8} {group.state} {group.reason}: {group.remark}" for group in found.groups
    ]
    if "job" not in report:
        lines.append(
            f"{found.replayable} events would be opened again, {found.left_alone} are left alone."
        )
        return "\n".join(lines)
    lines.append(
        f"Put into the queue: events {report['queued']}. Opened again, and left to the "
        f"sweeper: {report['without_task']}. Still to be opened, by catch_up: {report['to_open']}. "
        f"Left alone: {found.left_alone}."
    )
    lines.append(f"Replay {report['job']}")
    return "\n".join(lines)
