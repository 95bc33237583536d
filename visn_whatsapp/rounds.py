"""Commands that work in rounds: one round, or again and again until Ctrl-C or SIGTERM."""

import select
import signal
import socket
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

from django.core.management.base import CommandError
from django.db import close_old_connections

from visn_whatsapp.commands import LedgerCommand, in_words
from visn_whatsapp.options import pause


class RoundsCommand(LedgerCommand):
    """With `--every` it goes on through failures, and ends with 0 as soon as it is told to."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares `--every`."""
        parser.add_argument(
            "--every", type=pause, metavar="SECONDS", help="go on until interrupted"
        )

    def handle(self, *_: object, **options: Any) -> None:
        """Works once, or again and again."""
        every: float | None = options["every"]
        if every is None:
            self.work(options)
            return
        with suppress(KeyboardInterrupt), interruptions() as told:
            while True:
                self._work_whatever_fails(options)
                if told.within(every):
                    return

    def work(self, options: dict[str, Any]) -> None:
        """Works through one round. May raise CommandError and Django's database errors."""
        raise NotImplementedError

    def _work_whatever_fails(self, options: dict[str, Any]) -> None:
        close_old_connections()
        try:
            with in_words():
                self.work(options)
        except CommandError as error:
            self.stderr.write(str(error))


class Interruptions:
    """Ctrl-C and SIGTERM, none of which is missed."""

    def __init__(self, arrivals: socket.socket) -> None:
        """Reads a byte for each signal that has come."""
        self._arrivals = arrivals

    def within(self, seconds: float) -> bool:
        """Waits so long, or until a signal has come, and says whether one has.

        Raises KeyboardInterrupt at once for most; what has been raised and swallowed elsewhere is
        found here. A sleep would miss a signal that comes in the moment in which it begins.
        """
        arrived, _, _ = select.select([self._arrivals], [], [], seconds)
        return bool(arrived)


@contextmanager
def interruptions() -> Iterator[Interruptions]:
    """Raises KeyboardInterrupt for SIGTERM too, wherever the main thread is."""
    arrivals, notes = socket.socketpair()
    with closing(arrivals), closing(notes):
        notes.setblocking(False)
        before = signal.set_wakeup_fd(notes.fileno())
        handler = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            yield Interruptions(arrivals)
        finally:
            signal.signal(signal.SIGTERM, handler)
            signal.set_wakeup_fd(before)
