"""Takes a person out of the ledger: `manage.py erase_person --number - --yes --by NAME`."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from django.contrib.auth.models import User
from django.core.management.base import CommandError

from eventlog.erasing import erasures, reapplying, tombstones
from eventlog.erasing.preview import Preview, preview
from eventlog.erasing.taking_out import Taken
from eventlog.history import note_deed, note_erasure
from eventlog.management.people import STDIN, add_by, add_person, by, person
from eventlog.people.documents import Document
from visn_whatsapp.commands import LedgerCommand
from visn_whatsapp.options import add_json
from webhooks import clock

BUDGET = timedelta(hours=6)
LISTED = "Downloaded the list of the documents of a person, by command."
AGAIN = "Erased again what tombstones name, by command, of deliveries: {count:,}."
VISNS = (
    "The chats in Firestore are ViSN's to erase, and their tracking records; this ledger has "
    "written these messages or changed them:"
)


class Command(LedgerCommand):
    """Exits with 0, or with 1 if the database could not be reached or nobody was meant."""

    help = (
        "Takes everything of one person, by all their names, out of events, raw bytes, placements, "
        "aliases, replays and history, for good. Without --yes it only says what would be taken. "
        "The rows stay, blank, and the same bytes are known if they come again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares the options."""
        who = parser.add_mutually_exclusive_group()
        add_person(who)
        who.add_argument("--go-on", action="store_true", help="with erasures that were broken off")
        who.add_argument("--export", metavar="FILE", help="write all tombstones into a file")
        who.add_argument("--again", metavar="FILE", help="erase what these tombstones name")
        parser.add_argument("--alone", action="store_true", help="follow no other names")
        parser.add_argument("--yes", action="store_true", help="erase; it cannot be undone")
        add_by(parser, required=False)
        parser.add_argument("--documents", metavar="FILE", help="write the documents' paths there")
        add_json(parser)

    def handle(self, *_: object, **options: Any) -> None:
        """Does one of these."""
        if options["export"]:
            self._export(options)
        elif options["again"]:
            self._again(options)
        elif options["go_on"]:
            self._go_on(options)
        else:
            self._erase(options)

    def _erase(self, options: dict[str, Any]) -> None:
        who = person(options)
        user = by(options) if options["yes"] or options["documents"] else None
        found = preview(who, alone=options["alone"])
        report = _report(found)
        with _opened(options["documents"], "w") as file:
            if user and file:
                note_deed([None], LISTED, by=user.pk, now=clock.now())
            if user and options["yes"]:
                report |= _erase(found, user=user, file=file)
            else:
                _list(found.documents, file)
        self.tell(report, _sentences(found, report), options)

    def _go_on(self, options: dict[str, Any]) -> None:
        went_on = erasures.carry_on_all(clock=clock.now, until=clock.now() + BUDGET)
        left = erasures.unfinished().count()
        report = {"went_on": went_on, "left": left}
        self.tell(report, f"Erasures that went on: {went_on}. Unfinished: {left}.", options)

    def _export(self, options: dict[str, Any]) -> None:
        with _opened(options["export"], "w") as file:
            count = tombstones.export(file or self.stdout, now=clock.now())  # type: ignore[arg-type]
        if options["export"] != STDIN:
            self.tell({"tombstones": count}, f"Tombstones that were written: {count}.", options)

    def _again(self, options: dict[str, Any]) -> None:
        user = by(options)
        try:
            with _opened(options["again"], "r") as file:
                stones = tombstones.read_all(file or sys.stdin)
        except tombstones.NoTombstones as error:
            raise CommandError(f"These are no tombstones: {error}.") from error
        note_deed([None], AGAIN.format(count=len(stones)), by=user.pk, now=clock.now())
        taken = Taken()
        for each in reapplying.apply_again(stones, now=clock.now()):
            taken.add(each)
        report = {"tombstones": len(stones), "events": taken.events, "emptied": taken.emptied}
        words = f"Tombstones: {len(stones)}. Events that were erased again: {taken.events}."
        self.tell(report, words, options)


@contextmanager
def _opened(path: str | None, mode: str) -> Iterator[IO[str] | None]:
    """The file; None for `-` and for nothing."""
    if path is None or path == STDIN:
        yield None
        return
    try:
        file = Path(path).open(mode, encoding="utf-8")  # noqa: SIM115 - closed below
    except OSError as error:
        raise CommandError(f"The file cannot be opened: {error.strerror}.") from error
    with file:
        yield file


def _list(documents: set[Document], file: IO[str] | None) -> None:
    if file is not None:
        file.writelines(f"{document.path}\n" for document in sorted(documents))
        file.flush()


def _erase(found: Preview, *, user: User, file: IO[str] | None) -> dict[str, Any]:
    request = erasures.Request(
        erasure=uuid4(),
        people=list(found.people),
        asked_by=user,
        asked_by_name=user.get_username(),
    )
    now = clock.now()
    erasure = erasures.start(request, now=now)
    note_erasure(user, erasure, "Erased a person, by command.")
    for taken in erasures.carry_on(erasure, clock=clock.now, until=now + BUDGET):
        found.documents |= taken.documents
    _list(found.documents, file)
    return {
        "erasure": str(erasure.pk),
        "finished": erasure.state == erasure.State.FINISHED,
        "emptied": erasure.emptied,
        "events": erasure.events,
        "deliveries": erasure.deliveries,
        "placements": erasure.placements,
        "aliases": erasure.aliases,
        "words": erasure.words,
    }


def _report(found: Preview) -> dict[str, Any]:
    return {
        "names": len(found.people),
        "events": found.events,
        "open": found.open,
        "deliveries": len(found.deliveries),
        "placements": found.placements,
        "aliases": found.aliases,
        "words": found.words,
        "documents": len(found.documents),
        "chats": found.chats,
    }


def _sentences(found: Preview, report: dict[str, Any]) -> str:
    done = "erasure" in report
    lines = [
        f"{'Erased' if done else 'To be erased'}, of a person with {report['names']} names: "
        f"events {report['events']}, of deliveries {report['deliveries']}; placements "
        f"{report['placements']}; aliases {report['aliases']}; names of replays, tasks, notes and "
        f"history {report['words']}.",
        f"Open until then, and settled as erased: {report['open']}.",
    ]
    if done:
        lines.append(f"Deliveries whose bytes had to be emptied: {report['emptied']}.")
    lines.append(VISNS)
    lines += [f"{count:>8} in {chat}" for chat, count in found.chats.items()]
    if not done:
        lines.append("Nothing has been done yet; --yes erases, and it cannot be undone.")
        return "\n".join(lines)
    lines.append(f"Erasure {report['erasure']}")
    lines.append("Now export the tombstones: `erase_person --export FILE`, out of the ledger.")
    if not report["finished"]:
        lines.append("It is not finished; catch_up goes on, or `erase_person --go-on`.")
    return "\n".join(lines)
