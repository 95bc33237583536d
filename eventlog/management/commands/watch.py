"""Looks for problems: `manage.py watch`, for a scheduler that shall hear of them."""

from argparse import ArgumentParser
from typing import Any

from django.utils.timezone import localtime

from eventlog.channels.rounds import tell_people
from eventlog.models import ProblemKind
from eventlog.problems.rounds import Looked, look_round, open_ones
from eventlog.problems.said import data
from eventlog.questions.masking import MASKED
from visn_whatsapp.commands import CheckCommand, told
from visn_whatsapp.findings import Finding
from visn_whatsapp.options import add_json
from webhooks import clock

WORDS = {
    Finding.WELL: "",
    Finding.WRONG: "Problems are open that nobody has acknowledged.",
    Finding.CANNOT_TELL: "It could not be looked at everything.",
}


class Command(CheckCommand):
    """Exits with 0 if no problem is open, with 1 if one is, with 2 if it could not look."""

    help = (
        "Looks for problems once, as `catch_up` does every minute, keeps what it finds, tells the "
        "channels and lists "
        "what is not resolved. Exits with 1 if a problem is open that nobody has acknowledged or "
        "ignores, with 2 if it could not look at everything. Says nothing about people."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares the options."""
        add_json(parser)

    def handle(self, *_: object, **options: Any) -> None:
        """Looks, and prints what there is."""
        looked = look_round(now=clock.now())
        tell_people(now=clock.now())
        finding = _finding(looked)
        said = {**told(finding), "problems": [data(row) for row in looked.problems]}
        self.tell(said, _sentences(looked), options)
        self.end(finding, WORDS[finding])


def _finding(looked: Looked) -> Finding:
    """What could not be looked at is a problem as well, and by itself no more than that."""
    kinds = {row.kind for row in open_ones(looked)}
    if kinds - {ProblemKind.LOOK.value}:
        return Finding.WRONG
    return Finding.WELL if looked.saw_all and not kinds else Finding.CANNOT_TELL


def _sentences(looked: Looked) -> str:
    lines = [
        f"{row.pk}\t{row.state}\t{row.severity}\tsince {localtime(row.opened_at):%d %b %H:%M:%S}\t"
        f"{' '.join(filter(None, (MASKED.number(row.lease_number), row.words)))}"
        for row in looked.problems
    ]
    return "\n".join((*lines, f"Open problems: {len(open_ones(looked))}."))
