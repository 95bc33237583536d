"""Deliveries that tasks name and the ledger has not: `manage.py unknown_deliveries`."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError

from listeners.models import UnknownDelivery
from listeners.restores.unknown import close, still_open
from visn_whatsapp.commands import LedgerCommand
from visn_whatsapp.options import add_json
from webhooks import clock


class Command(LedgerCommand):
    """Exits with 0, or with 1 if what is to be closed is not open or the database is away."""

    help = (
        "Shows the deliveries that tasks name and the ledger has not, until their bytes come "
        "again. `accounted` fails as long as there are any; --close says that somebody has seen "
        "to them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares the options."""
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--close", type=UUID, nargs="+", metavar="DELIVERY", help="close these")
        which.add_argument("--close-all", action="store_true", help="close all that are open")
        add_json(parser)

    def handle(
        self, *_: object, close: Sequence[UUID] | None, close_all: bool, **options: Any
    ) -> None:
        """Prints what is open, or closes it."""
        rows = list(still_open().order_by("pk"))
        if close is None and not close_all:
            self.tell(_data(rows), _sentences(rows), options)
            return
        self._close([row.delivery for row in rows] if close is None else close)

    def _close(self, deliveries: Sequence[UUID]) -> None:
        closed = close(deliveries, by_name="", now=clock.now())
        self.stdout.write(f"Closed: {len(closed)}.")
        left = set(deliveries) - {row.delivery for row in closed}
        if left:
            named = ", ".join(sorted(map(str, left)))
            raise CommandError(f"Not open: {named}.")


def _data(rows: Sequence[UnknownDelivery]) -> list[dict[str, Any]]:
    return [
        {
            "delivery": str(row.delivery),
            "digest": row.digest,
            "first_seen_at": row.first_seen_at.isoformat(),
            "last_seen_at": row.last_seen_at.isoformat(),
            "seen": row.seen,
        }
        for row in rows
    ]


def _sentences(rows: Sequence[UnknownDelivery]) -> str:
    lines = [f"Deliveries that tasks name and the ledger has not: {len(rows)}."]
    lines += [
        f"  {row.delivery} first seen {row.first_seen_at:%Y-%m-%d %H:%M:%S} UTC, "
        f"named by {row.seen} tasks, SHA-256 {row.digest or 'not known'}"
        for row in rows
    ]
    return "\n".join(lines)
