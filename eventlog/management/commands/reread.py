"""What a release would see otherwise: `manage.py reread`, before it is deployed."""

import time
from argparse import ArgumentParser
from datetime import datetime
from typing import Any, NoReturn

from django.db import Error

from eventlog.management.moments import add_window, window
from eventlog.questions.windows import Window
from eventlog.rereading.differences import Difference, Way
from eventlog.rereading.report import Places, Report
from eventlog.rereading.walk import reread
from visn_whatsapp.commands import CheckCommand, Found, told
from visn_whatsapp.findings import Finding
from visn_whatsapp.options import add_json
from visn_whatsapp.rounds import interruptions
from webhooks import clock

PROGRESS_SECONDS = 10.0  # between two lines that say how far it is
NAMED_AT_MOST = 5  # items of each difference, in sentences
WORDS = {
    Finding.WELL: "",
    Finding.WRONG: "This code reads some items otherwise than the ledger has them.",
    Finding.CANNOT_TELL: "Could not tell: not all deliveries were looked at.",
}
NOTHING_COMPARED = "Could not tell: no delivery was compared."


class Command(CheckCommand):
    """Exits with 0 if all is read as it was, with 1 if something is not, with 2 if it cannot tell.

    It is asked before a release, not by a scheduler: where nothing was compared, it cannot tell.
    """

    help = (
        "Reads the stored bytes of deliveries with this code and compares what they say with the "
        "ledger, item by item: kind, Meta's word, ids, time, and the reason of what is settled as "
        "it is read. Writes nothing, and says nothing about people. Standard error hears how far "
        "it is, and the --since to go on from. Exits with 1 if anything differs, with 2 if it "
        "could not tell, also where no delivery was compared."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares the options."""
        add_window(parser, since_required=True)
        add_json(parser)

    def handle(
        self, *_: object, since: datetime | None, until: datetime | None, **options: Any
    ) -> None:
        """Prints the report, also of what was read until it broke off."""
        now = clock.now()
        chosen = window(since, min(until or now, now), now=now, last=options["last"])
        report, shown = Report(), time.monotonic()
        try:
            with interruptions():
                for report in reread(chosen):
                    if time.monotonic() - shown >= PROGRESS_SECONDS:
                        self.stderr.write(_progress(report), style_func=str)
                        shown = time.monotonic()
        except (KeyboardInterrupt, Error) as cause:
            if isinstance(cause, Error) and report.up_to is None:
                raise
            self._break_off(report, chosen, options, cause)
        self.tell(_data(report, chosen, report.finding), _sentences(report), options)
        self.end(report.finding, WORDS[report.finding] if report.compared else NOTHING_COMPARED)

    def _break_off(
        self, report: Report, chosen: Window, options: dict[str, Any], cause: BaseException
    ) -> NoReturn:
        """Says what was found until then, and how to go on. Raises Found."""
        finding = Finding.CANNOT_TELL
        self.tell(_data(report, chosen, finding), _sentences(report), options)
        why = "the database cannot be reached" if isinstance(cause, Error) else "interrupted"
        raise Found(f"Broken off, {why}. {_go_on(report)}", finding=finding) from cause


def _progress(report: Report) -> str:
    return (
        f"{report.seen} of {report.due} deliveries, {report.differing} of them read otherwise. "
        f"{_go_on(report)}"
    )


def _go_on(report: Report) -> str:
    if report.up_to is None:
        return "Nothing was compared."
    return f"To go on from here: --since={report.up_to.isoformat()}"


def _data(report: Report, compared: Window, finding: Finding) -> dict[str, Any]:
    return {
        "since": compared.start and compared.start.isoformat(),
        "until": compared.end and compared.end.isoformat(),
        **told(finding),
        "due": report.due,
        "compared": report.compared,
        "emptied": report.emptied,
        "erased": report.erased,
        "repeats": report.repeats,
        "items": report.items,
        "differing": report.differing,
        "up_to": report.up_to and report.up_to.isoformat(),
        "differences": [_datum(*each) for each in _by_count(report)],
    }


def _datum(difference: Difference, places: Places) -> dict[str, Any]:
    return {
        "difference": difference.way.value,
        "kind": difference.kind,
        "fields": difference.fields,
        "words": {each.column: {"was": each.was, "now": each.now} for each in difference.words},
        "count": places.count,
        "first": [
            {"delivery": str(place.delivery), "position": place.position} for place in places.first
        ],
    }


def _by_count(report: Report) -> list[tuple[Difference, Places]]:
    return sorted(report.differences.items(), key=lambda each: -each[1].count)


def _sentences(report: Report) -> str:
    lines = [
        f"Read again: deliveries {report.compared}, with items {report.items}. "
        f"Deliveries that differ from the ledger: {report.differing}.",
        f"Not compared: {report.emptied} whose bytes are gone, {report.repeats} that repeat "
        "another one.",
    ]
    if report.erased:
        lines.append(f"Blank, since a person was erased: {report.erased} items.")
    for difference, places in _by_count(report):
        lines.append(f"{places.count:>8} {_in_words(difference)}")
        lines += [f"         {place}" for place in places.first[:NAMED_AT_MOST]]
    ways = {difference.way for difference in report.differences}
    lines += [f"{way}: {way.meaning}" for way in Way if way in ways]
    return "\n".join(lines)


def _in_words(difference: Difference) -> str:
    """Such as `read_otherwise, status: reason to_be_applied → unsupported_status`."""
    changes = {each.column: f"{each.column} {each.was} → {each.now}" for each in difference.words}
    columns = {name: name for name in difference.fields}
    what = ", ".join((columns | changes).values())
    kind = f", {difference.kind}" if difference.kind else ""
    return f"{difference.way}{kind}{': ' if what else ''}{what}"
