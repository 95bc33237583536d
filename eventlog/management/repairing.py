"""Repairs from the command line: `manage.py reconcile --repair`, a preview unless it says --yes."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.core.management.base import CommandError

from eventlog.models import ReplayJob
from eventlog.replay import losses
from eventlog.replay.jobs import NothingToReplay, Request, carry_on, start
from eventlog.replay.losses import Lost
from eventlog.replay.repairs import RepairPreview, preview
from eventlog.replay.selection import Selection
from listeners.firestore import connection as firestore_connection
from listeners.models import RestoreWindow
from visn_whatsapp.commands import Found, told
from visn_whatsapp.findings import Finding
from webhooks import clock
from webhooks.models import Event
from webhooks.task_queue import COMMAND_BUDGET_SECONDS, QueueUnavailable, connect

BUDGET = timedelta(minutes=10)


def repair(
    options: Mapping[str, Any], *, tell: Callable[[object, str, Mapping[str, Any]], None]
) -> None:
    """Shows what a repair would do, and begins it if the options say so.

    Raises CommandError, `Unavailable` and database errors.
    """
    lost = _lost(options)
    found = preview(lost, store=firestore_connection.connect())
    if found.too_many:
        raise CommandError(f"There are {len(found.events)} events to repair: choose fewer.")
    job = _begin(found, lost, name=options["name"]) if options["yes"] else None
    finding = _finding(found, begun=job is not None)
    tell(_data(found, lost, job, finding), _sentences(found, lost, job), options)
    if found.left:
        raise Found("Something is left that a repair does not bring back.", finding=finding)
    if finding == Finding.WRONG:
        raise Found("This was a preview; --yes begins the repair.", finding=finding)


def _lost(options: Mapping[str, Any]) -> Lost:
    if options["since"] or options["last"] or options["until"]:
        raise CommandError("A repair takes --event or --window, no --since, --last and --until.")
    if options["event"]:
        return losses.of_events(options["event"])
    if options["window"] is None:
        raise CommandError("What shall be repaired: --event or --window?")
    window = RestoreWindow.objects.filter(pk=options["window"]).first()
    if window is None or window.since is None:
        raise CommandError("There is no such window, or it has no beginning.")
    return losses.of_window(window)


def _finding(found: RepairPreview, *, begun: bool) -> Finding:
    if found.left or (found.events and not begun):
        return Finding.WRONG
    return Finding.WELL if found.compared else Finding.NOTHING


def _begin(found: RepairPreview, lost: Lost, *, name: str) -> ReplayJob | None:
    """Starts the job and makes its tasks. Returns None if there is nothing (left) to repair."""
    selection = Selection(events=Event.objects.filter(pk__in=found.events), words=lost.words)
    request = Request(
        job_id=uuid4(),
        name=(name or f"Repair of {lost.words}")[:100],
        selection=selection,
        asked_by=None,
        kind=ReplayJob.Kind.REPAIR,
    )
    try:
        job = start(request, now=clock.now())
        queue = connect(budget_seconds=COMMAND_BUDGET_SECONDS)
        carry_on(job, queue=queue, clock=clock.now, until=clock.now() + BUDGET)
    except NothingToReplay:
        return None
    except QueueUnavailable as error:
        raise CommandError(
            "The queue cannot be reached; catch_up goes on with the repair once it can."
        ) from error
    return job


def _data(
    found: RepairPreview, lost: Lost, job: ReplayJob | None, finding: Finding
) -> dict[str, Any]:
    return {
        **told(finding),
        "choice": lost.words,
        "remedies": {remedy.value: count for remedy, count in found.counts.items()},
        "unread": [
            {"lease": chat.lease_id, "enquiry": chat.enquiry_id, "rises_by": count}
            for chat, count in found.unread.items()
        ],
        "left": [{"event": event, "remedy": remedy.value} for event, remedy in found.named],
        "gone": found.gone,
        "job": str(job.pk) if job else None,
    }


def _sentences(found: RepairPreview, lost: Lost, job: ReplayJob | None) -> str:
    lines = [f"Chosen: {lost.words}."]
    if not found.compared and not found.gone:
        lines.append("Nothing to compare: no event among them was applied to a chat.")
    lines += [f"{count:>8} {remedy}: {remedy.meaning}" for remedy, count in found.counts.items()]
    if found.gone:
        lines.append(f"{found.gone:>8} gone: Cannot: retention has taken it, bytes and all.")
    lines += [
        f"The unread count of enquiry {chat.enquiry_id} (lease {chat.lease_id}) rises by {count}."
        for chat, count in found.unread.items()
    ]
    lines += [f"event {event}: {remedy}" for event, remedy in found.named]
    verb = "Opened again" if job else "Would be opened again"
    lines.append(f"{verb}: events {len(found.events)}.")
    if job:
        lines.append(f"Repair {job.pk}")
    return "\n".join(lines)
