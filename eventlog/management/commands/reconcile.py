"""Whether the chats show what the ledger says: `manage.py reconcile`, for a scheduler."""

from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import CommandError

from eventlog.management.moments import add_window, window
from eventlog.management.repairing import repair
from eventlog.questions.windows import Window
from eventlog.reconciliation import Drift, Report, reconcile
from listeners.firestore import connection as firestore_connection
from listeners.firestore.errors import Unavailable
from visn_whatsapp.commands import CheckCommand, told
from visn_whatsapp.findings import Finding
from visn_whatsapp.options import add_json, positive
from webhooks import clock

DAY = timedelta(days=1)
# What was received a moment ago may be on its way to the document still.
MARGIN = timedelta(minutes=1)
WORDS = {
    Finding.WELL: "",
    Finding.NOTHING: "Nothing to compare: no event that was received then has been processed.",
    Finding.WRONG: "Some chats lack what events did to them.",
    Finding.CANNOT_TELL: "Could not tell: not all events were compared.",
}


class Command(CheckCommand):
    """Exits with 0 if nothing has drifted, with 1 if something has, with 2 if it cannot tell."""

    help = (
        "Compares processed events with the chats in Firestore. Without --since and --last, those "
        "received in the 24 hours before --until, which is a minute ago by default. Prints the "
        "rows of events, and nothing about people. Exits with 1 if a chat lacks what an event did "
        "to it, with 2 if it could not tell, or not of all of them. With --repair it shows what a "
        "repair of chosen events or of a restore window would bring back, and with --yes begins "
        "it; then it exits with 1 if something is left that it does not bring back."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares the options."""
        add_window(parser)
        add_json(parser)
        parser.add_argument("--repair", action="store_true", help="show what a repair would do")
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--event", type=positive, action="append", help="repair this event")
        which.add_argument(
            "--window", type=positive, help="repair what was written in a window of `restored`"
        )
        parser.add_argument("--yes", action="store_true", help="begin the repair")
        parser.add_argument("--name", default="", help="of the repair, free of personal data")

    def handle(self, *_: object, **options: Any) -> None:
        """Prints the report, or what a repair would do."""
        try:
            if options["repair"]:
                repair(options, tell=self.tell)
            else:
                self._compare(**options)
        except Unavailable as error:
            raise CommandError("Firestore cannot be reached.") from error

    def _compare(self, *, since: datetime | None, until: datetime | None, **options: Any) -> None:
        if options["event"] or options["window"] or options["yes"]:
            raise CommandError("--event, --window and --yes belong to --repair.")
        now = clock.now()
        end = until or now - MARGIN
        last = options["last"] or (None if since else DAY)
        chosen = window(since, end, now=now, last=last)
        report = reconcile(chosen, store=firestore_connection.connect())
        self.tell(_data(report, chosen), _sentences(report), options)
        self.end(report.finding, WORDS[report.finding])


def _data(report: Report, compared: Window) -> dict[str, Any]:
    return {
        "since": compared.start and compared.start.isoformat(),
        "until": compared.end and compared.end.isoformat(),
        **told(report.finding),
        "due": report.due,
        "checked": report.checked,
        "erased": report.erased,
        "drifts": {drift.value: report.drifts[drift] for drift in Drift},
        "events": [{"event": event, "drift": drift.value} for event, drift in report.named],
    }


def _sentences(report: Report) -> str:
    gone = [f"Not compared: {report.erased} that were erased."] if report.erased else []
    if report.finding == Finding.NOTHING:
        return "\n".join([WORDS[Finding.NOTHING], *gone])
    of = f"{report.checked} of {report.due}" if report.checked < report.due else f"{report.checked}"
    lines = [f"{of} processed events were compared with their chats.", *gone]
    lines += [f"{count:>8} {drift}: {drift.meaning}" for drift, count in report.drifts.items()]
    lines += [f"event {event}: {drift}" for event, drift in report.named]
    return "\n".join(lines)
