"""Replays from the command line: `manage.py replay --reason no_active_tracking --since …`."""

from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.management.base import CommandError

from eventlog.management.error_codes import add_codes
from eventlog.management.moments import add_window, window
from eventlog.models import ReplayJob
from eventlog.questions.filters import EventFilter
from eventlog.replay.choosing import of_events, of_filter
from eventlog.replay.fates import Fate
from eventlog.replay.foreseeing import COMMAND_SECONDS, NOTHING, Foresight, foresee
from eventlog.replay.jobs import (
    NothingToReplay,
    Request,
    TooManyEvents,
    carry_on,
    start,
)
from eventlog.replay.progress import Progress, progress
from eventlog.replay.selection import Preview, Selection, preview
from listeners.firestore import connection as firestore
from visn_whatsapp.commands import LedgerCommand
from visn_whatsapp.options import add_json, positive
from webhooks import clock
from webhooks.outcomes import REOPENABLE, Reason, State
from webhooks.task_queue import COMMAND_BUDGET_SECONDS, QueueUnavailable, connect

BUDGET = timedelta(minutes=10)
# Any of them is a choice.
CHOICES = ("event", "delivery", "state", "reason", "codes", "since", "last", "until")


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
        add_codes(parser)
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
        foresight = _foresee(selection, found, now=now)
        report: dict[str, Any] = {
            "choice": selection.words,
            "unknown": list(selection.unknown),
            **_report(found),
            "foreseen": _foreseen(foresight),
        }
        try:
            if not options["dry_run"]:
                if not (options["all"] or any(options[name] for name in CHOICES)):
                    raise CommandError("Choose events, or --all for all of these.")
                request = _request(selection, foresight, name=options["name"])
                self._replay(request, now=now, report=report)
        finally:
            self.tell(report, _sentences(found, foresight, report), options)

    def _replay(self, request: Request, *, now: datetime, report: dict[str, Any]) -> None:
        job = _start(request, now=now)
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


def _request(selection: Selection, foresight: Foresight, *, name: str) -> Request:
    return Request(
        job_id=uuid4(),
        name=(name or selection.words)[:100],
        selection=selection,
        asked_by=None,
        foreseen=foresight.fates,
    )


def _start(request: Request, *, now: datetime) -> ReplayJob:
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
        codes=tuple(options["codes"]),
        window=window(options["since"], options["until"], now=now, last=options["last"]),
        delivery=options["delivery"],
    )
    return of_filter(wanted, now=now)


def _foresee(selection: Selection, found: Preview, *, now: datetime) -> Foresight:
    if not found.possible:
        return NOTHING
    return foresee(selection, connect=firestore.connect, now=now, seconds=COMMAND_SECONDS)


def _foreseen(foresight: Foresight) -> dict[str, Any]:
    """Enquiries and leases are named, people are not."""
    fates = [
        {
            "state": each.fate.reason.state.value,
            "reason": each.fate.reason.value,
            "lease": each.fate.chat.lease_id if each.fate.chat else None,
            "enquiry": each.fate.chat.enquiry_id if each.fate.chat else None,
            "events": each.count,
        }
        for each in foresight.groups
    ]
    return {"asked": foresight.asked, "looked": foresight.looked, "fates": fates}


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


def _sentences(found: Preview, foresight: Foresight, report: dict[str, Any]) -> str:
    lines = [f"Chosen: {report['choice']}."]
    lines += [f"There is no event {event}." for event in report["unknown"]]
    lines += [
        f"{group.count:>8} {group.state} {group.reason}: {group.remark}" for group in found.groups
    ]
    lines += _looked(foresight, replayable=found.replayable)
    if "job" not in report:
        lines.append(
            f"Would be opened again: events {found.replayable}. Left alone: {found.left_alone}."
        )
        return "\n".join(lines)
    lines.append(
        f"Put into the queue: events {report['queued']}. Opened again, and left to the "
        f"sweeper: {report['without_task']}. Still to be opened, by catch_up: {report['to_open']}. "
        f"Left alone: {found.left_alone}."
    )
    lines.append(f"Replay {report['job']}")
    return "\n".join(lines)


def _looked(foresight: Foresight, *, replayable: int) -> list[str]:
    """What the events would become, as far as anybody could look."""
    if not foresight.asked:
        return []
    if foresight.failed:
        return ["Could not look what they would become: Firestore does not answer."]
    lines = [f"Looked at {foresight.looked} of {replayable}, without writing. They would become:"]
    lines += [f"{each.count:>8} {_fate(each.fate)}" for each in foresight.groups]
    if foresight.untold:
        lines.append(f"{foresight.untold:>8} what only the write itself tells")
    return lines


def _fate(fate: Fate) -> str:
    where = f" in enquiry {fate.chat.enquiry_id} (lease {fate.chat.lease_id})" if fate.chat else ""
    return f"{fate.reason.state} {fate.reason}{where}"
