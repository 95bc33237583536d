"""Whether every item is accounted for: `manage.py accounted`, for a scheduler."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from listeners.figures.accounts import Account, balance
from listeners.log.windows import Window
from listeners.management.moments import moment


class Command(BaseCommand):
    """Exits with 0 if everything is accounted for, otherwise with 1."""

    help = (
        "Compares the items of all deliveries with the events of the ledger, and looks for events "
        "that nobody will see to. Exits with 1 if something is not accounted for."
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
        f"{account.deliveries} deliveries held {account.items} items; "
        f"the ledger has {account.events} events of them: "
        f"{account.settled} settled, {account.open} on their way."
    ]
    if account.odd_deliveries:
        lines += [f"{account.odd_deliveries} deliveries have more or fewer events than items:"]
        lines += [f"  {delivery}" for delivery in account.odd]
    if account.forgotten:
        lines.append(f"{account.forgotten} open events are overdue or will be looked at by nobody.")
    if account.unexplained:
        lines.append(f"{account.unexplained} settled events have no reason or no time.")
    return "\n".join(lines)
