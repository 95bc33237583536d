"""Whether every item is accounted for: `manage.py accounted`, for a scheduler."""

from argparse import ArgumentParser
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from eventlog.balance import OVERDUE, Account, balance
from eventlog.management.moments import add_window, window
from visn_whatsapp.commands import CheckCommand, told
from visn_whatsapp.findings import Finding
from visn_whatsapp.options import add_json
from webhooks import clock

OVERDUE_MINUTES = OVERDUE // timedelta(minutes=1)
WORDS = {
    Finding.WELL: "",
    Finding.NOTHING: "Nothing to compare: no delivery was received then.",
    Finding.WRONG: "Not everything is accounted for.",
    Finding.CANNOT_TELL: "Could not tell: 0 of the rows that are there were compared.",
}


class Command(CheckCommand):
    """Exits with 0 if everything is accounted for, 1 if something is not, 2 if it cannot tell."""

    help = (
        "Compares the items of all deliveries with the events of the ledger, and looks for events "
        f"that nobody will see to. An open event may be due for {OVERDUE_MINUTES} minutes before "
        "it counts as overdue, which the sweeper has time for. Exits with 1 if something is not "
        "accounted for, with 2 if it could not tell."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares the options."""
        add_window(parser)
        add_json(parser)

    def handle(
        self, *_: object, since: datetime | None, until: datetime | None, **options: Any
    ) -> None:
        """Prints the account."""
        now = clock.now()
        account = balance(window(since, until, now=now, last=options["last"]), now=now)
        self.tell(_data(account), _sentences(account), options)
        self.end(account.finding, WORDS[account.finding])


def _data(account: Account) -> dict[str, Any]:
    counts = asdict(account) | {"open": account.open, "balanced": account.balanced}
    counts |= {"overdue_after_minutes": OVERDUE_MINUTES, **told(account.finding)}
    return counts | {"odd": [str(delivery) for delivery in account.odd]}


def _sentences(account: Account) -> str:
    if account.finding == Finding.NOTHING:
        return WORDS[Finding.NOTHING]
    lines = [
        f"Deliveries: {account.deliveries}. Items in them: {account.items}. "
        f"Events of them in the ledger: {account.events}, "
        f"{account.settled} settled, {account.open} on their way.",
        f"Due, for {OVERDUE_MINUTES} minutes at most: {account.due}. "
        f"Overdue, or seen to by nobody: {account.forgotten}.",
    ]
    if account.items != account.events:
        lines.append(f"There are {account.items} items and {account.events} events.")
    if account.odd_deliveries:
        lines += [f"Deliveries with more or fewer events than items: {account.odd_deliveries}."]
        lines += [f"  {delivery}" for delivery in account.odd]
    if account.unexplained:
        lines.append(f"Settled events without a reason or a time: {account.unexplained}.")
    if account.unknown_deliveries:
        lines.append(
            f"Deliveries that tasks name and the ledger has not: {account.unknown_deliveries} "
            "(manage unknown_deliveries)."
        )
    return "\n".join(lines)
