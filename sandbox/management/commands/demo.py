"""`manage.py demo`: the whole system on this machine, with a story that shows what it does."""

import secrets
import signal
import sys
import tempfile
import time
from argparse import SUPPRESS, ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from sandbox import stack
from sandbox.demo.play import Addresses, play
from sandbox.emulators import Options
from sandbox.stack import ONE_SERVICE_EACH, PortTaken, Spec, Stack, StackFailed
from sandbox.stack.terminal import Colour, Terminal

CHORES = {"requeue_stuck": 10.0, "catch_up": 5.0}  # command → seconds between rounds
NAME_COLUMNS = 24
PLAYING = "--playing"  # how the command tells its own second process


class Command(BaseCommand):
    """Exits with 0, or with 1 if anything is not as it must be."""

    help = (
        "Runs stand-ins for Google, every service as a process of its own, and the sweeper; posts "
        "signed webhooks like Meta and shows what becomes of them. Needs nothing but Python."
    )
    requires_system_checks: list[str] = []  # what it runs is not what these settings describe

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares the options."""
        parser.add_argument("--once", action="store_true", help="ends after the story")
        parser.add_argument(
            "--port", type=int, default=0, help="of the first service; the others follow it"
        )
        parser.add_argument(
            "--folder", type=Path, help="keeps the database and the logs there; must be new"
        )
        parser.add_argument(PLAYING, nargs=2, metavar=("WEBHOOK", "ADMIN"), help=SUPPRESS)

    def handle(self, *_: object, **options: Any) -> None:
        """Starts everything, or plays the story where everything runs."""
        if options["playing"]:
            webhook, admin = options["playing"]
            addresses = Addresses(webhook=webhook, admin=admin)
            sys.exit(0 if play(addresses, once=options["once"], terminal=Terminal()) else 1)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _end)
        try:
            with _folder(options["folder"]) as folder:
                self._run(_spec(folder, port=options["port"]), once=options["once"])
        except (StackFailed, PortTaken, FileExistsError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            Terminal().line("\nEverything has ended.")

    def _run(self, spec: Spec, *, once: bool) -> None:
        terminal, begun = Terminal(), time.monotonic()
        terminal.heading("Starting on this machine")
        with stack.start(spec) as running:
            _introduce(running, terminal=terminal)
            terminal.line(f"  ready after {time.monotonic() - begun:.1f} s")
            admin = f"{running.address('admin')}/admin/"
            arguments = [PLAYING, running.webhook_url, admin, *(["--once"] if once else [])]
            status = running.begin("play", "demo", *arguments, logged=False).wait()
        if status:
            raise CommandError("The demonstration did not come out as it must.")


def _spec(folder: Path, *, port: int) -> Spec:
    servers = tuple(
        replace(server, port=port + place if port else 0)
        for place, server in enumerate(ONE_SERVICE_EACH)
    )
    # A project of its own keeps the documents of several runs apart in an emulator that they share.
    emulators = Options(
        project=f"demo-{secrets.token_hex(4)}", firestore_host=settings.FIRESTORE_EMULATOR_HOST
    )
    return Spec(folder=folder, servers=servers, chores=CHORES, emulators=emulators)


def _introduce(running: Stack, *, terminal: Terminal) -> None:
    emulators = running.emulators
    ours = "a stand-in, in memory"
    firestore = ours if emulators.firestore else "named by FIRESTORE_EMULATOR_HOST"
    lines = {
        "Firestore": f"{emulators.firestore_host}  {firestore}",
        "Cloud Tasks": f"{emulators.tasks_host}  {ours}",
        "Google's identities": f"{emulators.identity_host}  a stand-in",
        "repair-serve-api": running.webhook_url,
        "repair-serve-callable": f"{running.address('repair-serve-callable')}",
        "queue-services": f"{running.address('queue-services')}",
        "admin": f"{running.address('admin')}/admin/",
        **{name: f"every {seconds:.0f} s" for name, seconds in CHORES.items()},
    }
    for name, where in lines.items():
        terminal.line(f"  {name:{NAME_COLUMNS}}{terminal.paint(where, Colour.DIM)}")


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        given.mkdir(parents=True)
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="visn-demo-") as name:
        yield Path(name)


def _end(*_: object) -> NoReturn:
    raise KeyboardInterrupt
