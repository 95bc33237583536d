"""`manage.py emulators`: the stand-ins for Google, alone in a process, until Ctrl-C or SIGTERM."""

import json
import signal
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from sandbox.emulators import Emulators, Options, Part, start

DEFAULTS = Options()
ENDINGS = (signal.SIGINT, signal.SIGTERM)


class Command(BaseCommand):
    """Starts them, says where they are, and waits."""

    help = (
        "Runs stand-ins for Firestore, Cloud Tasks and Google's identity tokens on this machine. "
        "They keep everything in memory."
    )
    requires_system_checks: list[str] = []  # they need no database and no secrets

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares the options; what the settings name is taken from there."""
        for part in Part:
            parser.add_argument(f"--{part}-port", type=int, default=0, help="0: a free one")
        parser.add_argument("--only", nargs="+", choices=[*Part], help="leaves the others out")
        parser.add_argument("--project", default=settings.GOOGLE_CLOUD_PROJECT or DEFAULTS.project)
        parser.add_argument("--location", default=settings.TASKS_LOCATION or DEFAULTS.location)
        parser.add_argument(
            "--queue", nargs="*", default=[settings.TASKS_QUEUE], help="made at the start"
        )
        parser.add_argument(
            "--service-account",
            default=next(iter(settings.CALLABLE_CALLERS), DEFAULTS.service_account),
            help="the e-mail that identity tokens from the metadata server carry",
        )
        parser.add_argument(
            "--ready-file", type=Path, help="gets the variables as JSON once all of them answer"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Runs until told to stop. Raises CommandError if a port is taken."""
        # Blocked until they are waited for, in every thread that starts from here: a handler can
        # miss one that comes in the moment in which the main thread begins to wait.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
        try:
            emulators = start(_read(options))
        except (RuntimeError, OSError) as error:
            raise CommandError(f"A stand-in could not start: {error}") from error
        with emulators:
            self._announce(emulators)
            if options["ready_file"]:
                _write(options["ready_file"], emulators.environment())
            signal.sigwait(ENDINGS)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)  # who asks twice waits for nobody
        self.stdout.write("Stopped. What the stand-ins held is gone.")

    def _announce(self, emulators: Emulators) -> None:
        if emulators.options.firestore_host:
            self.stdout.write(
                f"FIRESTORE_EMULATOR_HOST is set: the Firestore at {emulators.firestore_host} is "
                "used, and none is started."
            )
        self.stdout.write(
            "Stand-ins for Google run. They keep everything in memory: it is gone when they stop."
        )
        for name, value in emulators.environment().items():
            self.stdout.write(f"export {name}={value}")
        self.stdout.flush()


def _read(options: dict[str, Any]) -> Options:
    return Options(
        parts=frozenset(map(Part, options["only"] or Part)),
        firestore_host=settings.FIRESTORE_EMULATOR_HOST,
        firestore_port=options["firestore_port"],
        tasks_port=options["tasks_port"],
        identity_port=options["identity_port"],
        project=options["project"],
        location=options["location"],
        queues=tuple(options["queue"]),
        service_account=options["service_account"],
    )


def _write(path: Path, environment: dict[str, str]) -> None:
    """Writes the file whole or not at all, for whoever waits for it to appear."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.write_text(json.dumps(environment))
    unfinished.rename(path)
