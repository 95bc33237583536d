"""Says that something was restored to an earlier time: `manage.py restored --to MOMENT`."""

from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandError

from eventlog.management.moments import moment, window
from listeners.models import RestoreWindow
from listeners.restores.windows import SLACK, NoSuchWindow, begin, end, open_windows
from visn_whatsapp.commands import LedgerCommand
from visn_whatsapp.options import add_json, positive
from webhooks import clock

What = RestoreWindow.What


class Command(LedgerCommand):
    """Exits with 0, or with 1 if what is asked for makes no sense or the database is away."""

    help = (
        "Opens a window after the ledger was restored to a moment, or after another gateway was "
        "replaced: a text that the driver wrote before its end, and that this ledger has given "
        "no chat, is then looked for in the driver's chats before it is written. With --firestore "
        "it only names what Firestore may lack, for `reconcile --repair`. Without options, shows "
        "the windows that are open."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares the options."""
        parser.add_argument(
            "--to", type=moment, metavar="MOMENT", help="the moment that was gone back to"
        )
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            "--firestore", action="store_true", help="it was Firestore, not the ledger"
        )
        which.add_argument(
            "--cut-over", action="store_true", help="another gateway wrote before this one"
        )
        which.add_argument("--close", type=positive, metavar="WINDOW", help="close a window")
        parser.add_argument(
            "--until",
            type=moment,
            metavar="MOMENT",
            help="when what was restored was in use again: now, if not given; for a cut-over "
            "when the other gateway wrote its last, open until --close if not given",
        )
        add_json(parser)

    def handle(self, *_: object, **options: Any) -> None:
        """Opens, closes or shows."""
        if options["close"] is not None:
            self._close(options["close"])
        elif options["to"] or options["cut_over"]:
            self._open(options)
        elif options["firestore"] or options["until"]:
            raise CommandError("--to MOMENT is missing: to which moment was it restored?")
        else:
            windows = list(open_windows())
            self.tell(_data(windows), _sentences(windows), options)

    def _open(self, options: dict[str, Any]) -> None:
        now = clock.now()
        what = What.CUT_OVER if options["cut_over"] else What.LEDGER
        what = What.FIRESTORE if options["firestore"] else what
        since, until = options["to"], options["until"]
        if until is None and what != What.CUT_OVER:
            until = now + SLACK
        window(since, until, now=now, begins="--to")
        opened = begin(what, since=since, until=until, now=now)
        self.stdout.write(f"Opened.\n{_sentence(opened)}")

    def _close(self, number: int) -> None:
        try:
            end(number, now=clock.now())
        except NoSuchWindow as error:
            raise CommandError(f"There is no open window {number}.") from error
        self.stdout.write(f"Closed: {number}.")


def _data(windows: Iterable[RestoreWindow]) -> list[dict[str, Any]]:
    return [
        {
            "window": each.pk,
            "what": each.what,
            "since": each.since and each.since.isoformat(),
            "until": each.until and each.until.isoformat(),
            "opened_at": each.opened_at.isoformat(),
        }
        for each in windows
    ]


def _sentences(windows: Iterable[RestoreWindow]) -> str:
    return "\n".join(map(_sentence, windows)) or "No window is open."


def _sentence(row: RestoreWindow) -> str:
    since = f" from {_in_utc(row.since)}" if row.since else ""
    until = f" to {_in_utc(row.until)}" if row.until else " until it is closed"
    return f"Window {row.pk}:{since}{until}. {row.get_what_display()}"


def _in_utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
