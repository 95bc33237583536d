"""The event log, live: `manage.py tail_events`, until Ctrl-C."""

import json
import os
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError
from django.db import Error, close_old_connections
from django.db.models import QuerySet

from eventlog.management.error_codes import add_codes
from eventlog.management.moments import moment, window
from eventlog.questions.filters import EventFilter, matching, referred_events
from eventlog.questions.same import Same
from eventlog.tail import lines
from eventlog.tail.following import Following
from visn_whatsapp.commands import LedgerCommand
from visn_whatsapp.options import pause, positive
from visn_whatsapp.rounds import Interruptions, interruptions
from visn_whatsapp.untrusted import whole_number
from webhooks import clock
from webhooks.clock import LATE
from webhooks.models import Event
from webhooks.outcomes import Reason, State
from webhooks.whatsapp.items import Kind

LINES = 10
LINES_AT_MOST = 10_000  # which are held together
SECONDS = 1.0  # between two looks
AWAY = "The database cannot be reached. What comes in meanwhile is told once it is back."
BACK = "The database is back."


def count(words: str) -> int:
    """Reads a number of lines, from 0 on. Raises ArgumentTypeError."""
    number = whole_number(words, digits=len(str(LINES_AT_MOST)))
    if number is None or number > LINES_AT_MOST:
        raise ArgumentTypeError(f"{words[:20]!r} is no number from 0 to {LINES_AT_MOST}")
    return number


class Command(LedgerCommand):
    """Exits with 0 when it is told to end; with 1 if the database is away as it begins."""

    help = (
        "Prints the last events, and then each as it comes in and as its state changes, masked as "
        "in the event log, until it is interrupted. Goes on through outages of the database, "
        "leaves nothing out and says nothing twice. Writes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares the options."""
        parser.add_argument(
            "--lines",
            type=count,
            metavar="N",
            help=f"begin with the last N (default: {LINES}; with --since all); 0 for none",
        )
        parser.add_argument(
            "--since",
            type=moment,
            metavar="MOMENT",
            help="begin with what came in or changed from then on",
        )
        ends = parser.add_mutually_exclusive_group()
        ends.add_argument("--no-follow", action="store_true", help="end after these")
        ends.add_argument(
            "--for", type=pause, metavar="SECONDS", dest="seconds", help="end after so long"
        )
        parser.add_argument(
            "--interval",
            type=pause,
            default=SECONDS,
            metavar="SECONDS",
            help=f"between two looks (default: {SECONDS:g})",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object a line")
        _add_filters(parser)

    def handle(self, *_: object, **options: Any) -> None:
        """Prints events until it is told to end, or nobody reads on."""
        with suppress(KeyboardInterrupt), interruptions() as told:
            try:
                self._tail(options, told)
            except BrokenPipeError:  # as of `| head`
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _tail(self, options: dict[str, Any], told: Interruptions) -> None:
        ends_at = time.monotonic() + (options["seconds"] or float("inf"))
        following = self._begin(options)
        away = False
        while not options["no_follow"]:
            left = max(ends_at - time.monotonic(), 0.0)
            if told.within(min(options["interval"], left)):
                return
            away = self._look(following, options, away=away)
            if time.monotonic() >= ends_at:
                return

    def _begin(self, options: dict[str, Any]) -> Following:
        """Prints what there is to begin with."""
        now, count = clock.now(), options["lines"]
        since = window(options["since"], None, now=now).start
        following = Following(_wanted(options, now=now), since=since or now - LATE)
        first: Iterable[Iterable[Event]]
        if since is None:
            following.pass_over(now=now)
            first = [following.last(LINES if count is None else count)]
        else:
            first = following.look(now=now)
            first = first if count is None else [deque(chain.from_iterable(first), count)]
        if not options["json"]:
            self.stderr.write(lines.HEAD, style_func=str)
        for events in first:
            self._say(events, options)
        return following

    def _look(self, following: Following, options: dict[str, Any], *, away: bool) -> bool:
        """Prints what is new; returns whether the database is away."""
        close_old_connections()
        try:
            for events in following.look(now=clock.now()):
                self._say(events, options)
        except Error:
            if not away:
                self.stderr.write(AWAY, style_func=str)
            return True
        if away:
            self.stderr.write(BACK, style_func=str)
        return False

    def _say(self, events: Iterable[Event], options: dict[str, Any]) -> None:
        words = [json.dumps(lines.data(e)) if options["json"] else lines.line(e) for e in events]
        if words:
            self.stdout.write("\n".join(words))
            self.stdout.flush()


def _add_filters(parser: ArgumentParser) -> None:
    """People and messages are named by the row of an event: no argument holds a number or an id."""
    for name, words in (("state", State), ("reason", Reason), ("kind", Kind)):
        choices = [word.value for word in words if word]
        parser.add_argument(f"--{name}", choices=choices, action="append", default=[])
    add_codes(parser)
    parser.add_argument("--delivery", type=UUID, help="events of a delivery")
    for same in Same:
        parser.add_argument(
            f"--{same.value.replace('_', '-')}",
            type=positive,
            metavar="EVENT",
            help=f"events of the same {same.label} as this one",
        )


def _wanted(options: dict[str, Any], *, now: datetime) -> QuerySet[Event]:
    """The events that are asked for. Raises CommandError."""
    wanted = EventFilter(
        states=tuple(map(State.of, options["state"])),
        reasons=tuple(map(Reason.of, options["reason"])),
        kinds=tuple(map(Kind.of, options["kind"])),
        codes=tuple(options["codes"]),
        delivery=options["delivery"],
        same=tuple((same, event) for same in Same if (event := options[same.value])),
    )
    missing = {event for _, event in wanted.same} - referred_events(wanted).keys()
    if missing:
        raise CommandError(f"There is no event {min(missing)}.")
    return matching(wanted, now=now)
