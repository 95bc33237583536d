"""Lets sequences go on after the keys that are taken: `manage.py mend_sequences`."""

from argparse import ArgumentParser

from visn_whatsapp.commands import LedgerCommand
from webhooks import sequences


class Command(LedgerCommand):
    """Safe at any time, and beside running services: no sequence is ever set back."""

    help = (
        "Looks for sequences that would give out keys that are taken, as after a restore or a "
        "logical failover, and lets them go on after the highest key."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares the options."""
        parser.add_argument("--dry-run", action="store_true", help="only say which they are")

    def handle(self, *_: object, dry_run: bool, **__: object) -> None:
        """Prints a line for each sequence that stands behind."""
        found = list(sequences.behind())
        for each in found:
            if not dry_run:
                sequences.mend(each)
            self.stdout.write(f"{each.table}: next {each.next}, highest {each.highest}")
        verb = "stand behind" if dry_run else "were mended"
        self.stdout.write(f"Sequences that {verb}: {len(found)}.")
