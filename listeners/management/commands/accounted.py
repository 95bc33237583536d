"""Whether every item is accounted for: `manage.py accounted`, for a scheduler."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from listeners.figures.accounts import Account, balance
from listeners.log.windows import Window
from listeners.management.moments import moment
from visn_whatsapp.commands import LedgerCommand


class Command(LedgerCommand):
    """Exits with 0 if everything is accounted for, with 1 if not, with 2 if it cannot tell."""

    status_unreachable = 2

    help = (
        "Compares the items of all deliveries with the events of the ledger, and looks for events "
        "that nobody will see to. Exits with 1 if something is not accounted for, with 2 if the "
        "database cannot be reached."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares the options."""
        parser.add_argument("--since", type=moment, metavar="MOMENT", help="received from then on")
        parser.add_argument("--until", type=moment, metavar="MOMENT", help="received before then")
        parser.add_argument("--json", action="store_true", help="print the account as JSON")

    def handle(
        self, *_: object, since: datetime | None, until: datetime | None, **options: Any
    ) -> None:
        """Prints the account."""
        account = balance(Window(start=since, end=until), now=timezone.now())
        self.stdout.write(_json(account) if options["json"] else _sentences(account))
        if not account.balanced:
            raise CommandError("Not everything is accounted for.")


def _json(account: Account) -> str:
    counts = asdict(account) | {"open": account.open, "balanced": account.balanced}
    return json.dumps(counts | {"odd": [str(delivery) for delivery in account.odd]})


def _sentences(account: Account) -> str:
    lines = [
        f"Deliveries: {account.deliveries}. Items in them: {account.items}. "
        f"Events of them in the ledger: {account.events}, "
        f"{account.settled} settled, {account.open} on their way."
    ]
    if account.odd_deliveries:
        lines += [f"Deliveries with more or fewer events than items: {account.odd_deliveries}."]
        lines += [f"  {delivery}" for delivery in account.odd]
    if account.forgotten:
        lines.append(f"Open events that are overdue, or seen to by nobody: {account.forgotten}.")
    if account.unexplained:
        lines.append(f"Settled events without a reason or a time: {account.unexplained}.")
    if account.unknown_deliveries:
        lines.append(
            f"Deliveries that tasks name and the ledger has not: {account.unknown_deliveries} "
            "(manage.py unknown_deliveries)."
        )
    return "\n".join(lines)
