"""Whether Meta sends what it does not document, or names people otherwise than tracking records."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from eventlog.drift.found import BEHIND, Found, find
from eventlog.management.moments import moment, window
from eventlog.models import DriftCount
from visn_whatsapp.commands import CheckCommand, told
from visn_whatsapp.findings import Finding
from visn_whatsapp.options import add_json
from webhooks import clock
from webhooks.whatsapp.drift.shapes import Departure

WORDS = {
    Finding.WELL: "",
    Finding.WRONG: "Meta sends what it does not document, or a record has an old number.",
    Finding.CANNOT_TELL: "Could not tell: what came in has not been looked over (manage catch_up).",
}


class Command(CheckCommand):
    """Exits with 0 if nothing (new) departs, with 1 if something does, with 2 if it cannot tell."""

    help = (
        "Lists where payloads departed from what Meta documents, and tracking records from whom "
        "Meta names, by path and shape, as `catch_up` has counted it. Says nothing about people. "
        "Exits with 1 if there is any, with 2 if what "
        f"came in until {int(BEHIND.total_seconds() // 60)} minutes ago has not been looked over."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares the options."""
        parser.add_argument(
            "--since",
            type=moment,
            metavar="MOMENT",
            help="only what was seen for the first time from then on; of tracking records, which "
            "share a row, at all",
        )
        add_json(parser)

    def handle(self, *_: object, since: datetime | None, **options: Any) -> None:
        """Prints what there is."""
        now = clock.now()
        found = find(since=window(since, None, now=now).start, now=now)
        self.tell(_data(found, since), _sentences(found), options)
        self.end(found.finding, WORDS[found.finding])


def _data(found: Found, since: datetime | None) -> dict[str, Any]:
    return {
        "since": since and since.isoformat(),
        **told(found.finding),
        "up_to": found.up_to and found.up_to.isoformat(),
        "departures": [_datum(row) for row in found.rows],
    }


def _datum(row: DriftCount) -> dict[str, Any]:
    return {
        "departure": row.departure,
        "path": row.path,
        "shape": row.shape,
        "count": row.count,
        "first_at": row.first_at.isoformat(),
        "last_at": row.last_at.isoformat(),
        "delivery": str(row.delivery_id),
        "has_bytes": getattr(row, "has_bytes", None),
    }


def _sentences(found: Found) -> str:
    up_to = f"up to {found.up_to.isoformat()}" if found.up_to else "yet: nothing"
    lines = [f"Looked over {up_to}. Departures: {len(found.rows)}."]
    for row in found.rows:
        lines.append(f"{row.count:>8} {row.departure}, {row.path}: {row.shape}")
        lines.append(
            f"         {row.first_at.isoformat()} to {row.last_at.isoformat()}, "
            f"delivery {row.delivery_id}"
        )
    there = {row.departure for row in found.rows}
    lines += [f"{word}: {word.meaning}" for word in Departure if word in there]
    return "\n".join(lines)
