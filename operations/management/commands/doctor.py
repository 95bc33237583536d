"""Whether everything is where it has to be: `manage.py doctor`, after each deployment."""

import re
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from operations.doctor.examinations import examine, finding
from operations.doctor.seen import Asked, Health, Seen
from visn_whatsapp.commands import CheckCommand, told
from visn_whatsapp.findings import Finding
from visn_whatsapp.options import add_json

# The verify token goes to one of them: encrypted, but on the same machine.
ADDRESS = re.compile(r"(?:https://[\w.-]+|http://127\.0\.0\.1)(?::\d+)?/[\w./-]+")
MARKS = {
    Health.WELL: "ok",
    Health.WRONG: "WRONG",
    Health.CANNOT_TELL: "UNKNOWN",
    Health.NOT_LOOKED: "-",
}
WORDS = {
    Finding.WELL: "",
    Finding.WRONG: "Not everything is as it has to be.",
    Finding.CANNOT_TELL: "Not everything could be looked at.",
}


class Command(CheckCommand):
    """Exits with 0 if all that it looked at is well, 1 if something is not, 2 if it cannot tell."""

    help = (
        "Looks at everything that the services of this process need, and says what to do about "
        "what is wrong: settings and secrets, the database with its migrations and its clock, both "
        "Firestore databases with each query, the queue and the way through it to the task "
        "handler, repair-serve-callable, the webhook, the event log, what Meta has configured, and "
        "when the sweeper, catch-up and retention were last done. What another service has the "
        "secret for, or nobody a token for, is not looked at. Writes nothing; a probe that is let "
        "in leaves nothing. Exits with 1 if something is wrong, with 2 if it could not tell."
    )
    # What they would complain of is a line of what it says.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares the options."""
        parser.add_argument(
            "--webhook-url",
            default="",
            metavar="URL",
            help="the webhook as Meta posts to it; by itself it is looked for at the first of "
            "ALLOWED_HOSTS",
        )
        parser.add_argument(
            "--admin-url",
            default="",
            metavar="URL",
            help="the event log as people call it, which ends in /admin/; without it, it is not "
            "looked at",
        )
        parser.add_argument(
            "--client-certificate",
            type=_file,
            metavar="FILE",
            help="a certificate and its key, in PEM, that are shown where the webhook asks callers "
            "for one (mutual TLS)",
        )
        add_json(parser)

    def handle(
        self,
        *_: object,
        webhook_url: str,
        admin_url: str,
        client_certificate: str | None,
        **options: Any,
    ) -> None:
        """Prints a line for each thing as soon as it was looked at."""
        for option, url in {"--webhook-url": webhook_url, "--admin-url": admin_url}.items():
            if url and not ADDRESS.fullmatch(url):
                raise CommandError(f"{option} must be https://HOST/PATH, and nothing more.")
        found: list[tuple[str, Seen]] = []
        asked = Asked(
            webhook_url=webhook_url,
            admin_url=admin_url,
            client_certificate=client_certificate or "",
        )
        for subject, seen in examine(asked):
            found.append((subject, seen))
            if not options["json"]:
                self.stdout.write(_line(subject, seen))
        came_to = finding([seen for _, seen in found])
        if options["json"]:
            self.tell(_data(found) | told(came_to), "", options)
        self.end(came_to, WORDS[came_to])


def _file(path: str) -> str:
    try:
        found = Path(path).is_file()
    except (OSError, ValueError):  # it is longer than a path may be, or holds what none does
        found = False
    if not found:
        raise ArgumentTypeError("there is no such file")
    return path


def _line(subject: str, seen: Seen) -> str:
    line = f"{MARKS[seen.health]:8}{subject:10}{seen.words}"
    return f"{line}\n{'':18}→ {seen.remedy}" if seen.remedy else line


def _data(found: list[tuple[str, Seen]]) -> dict[str, Any]:
    return {
        "seen": [
            {
                "subject": subject,
                "health": seen.health.value,
                "words": seen.words,
                "remedy": seen.remedy,
            }
            for subject, seen in found
        ]
    }
