"""Writes what is held of a person into a file.

`manage.py export_person --number - --to FILE --by NAME`.
"""

import logging
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import CommandError

from eventlog.history import note_deed
from eventlog.management.people import add_by, add_person, by, person
from eventlog.people.exporting import NOT_HERE, export
from visn_whatsapp.commands import LedgerCommand
from visn_whatsapp.options import add_json
from webhooks import clock

EXPORTED = "Exported what is held of a person, by command."

logger = logging.getLogger(__name__)


class Command(LedgerCommand):
    """Exits with 0, or with 1 if the database could not be reached or nobody was meant."""

    help = (
        "Writes everything that the ledger holds of one person, by all their names, into a ZIP: "
        "person.json, events.csv and index.html. It is theirs alone: hand it over, and delete it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares the options."""
        add_person(parser.add_mutually_exclusive_group())
        parser.add_argument("--alone", action="store_true", help="follow no other names")
        parser.add_argument("--to", required=True, metavar="FILE", help="a new file")
        add_by(parser, required=True)
        add_json(parser)

    def handle(self, *_: object, **options: Any) -> None:
        """Writes the file, which nobody else on the machine may read."""
        who, path, user = person(options), Path(options["to"]), by(options)
        try:
            with _new(path) as file:
                note_deed([None], EXPORTED, by=user.pk, now=clock.now())
                done = export(who, file, now=clock.now(), alone=options["alone"])
        except OSError as error:
            raise CommandError(f"The file cannot be written: {error.strerror}.") from error
        logger.info("What is held of a person was exported.", extra={"count": done.events})
        report = {
            "names": done.names,
            "events": done.events,
            "without_bytes": done.without_bytes,
            "placements": done.placements,
            "aliases": done.aliases,
            "documents": len(done.documents),
        }
        words = (
            f"Written, of a person with {done.names} names: events {done.events} "
            f"({done.without_bytes} without bytes), placements {done.placements}, aliases "
            f"{done.aliases}, documents in chats {len(done.documents)}.\nNot in it: {NOT_HERE}"
        )
        self.tell(report, words, options)


@contextmanager
def _new(path: Path) -> Iterator[BinaryIO]:
    """A file that nobody else may read, and that is gone again if it was not written to its end."""
    path.touch(mode=0o600, exist_ok=False)
    with ExitStack() as unless_it_ends:
        unless_it_ends.callback(path.unlink, missing_ok=True)
        with path.open("wb") as file:
            yield file
        unless_it_ends.pop_all()
