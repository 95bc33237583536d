"""How a command is told who is meant, by a number, a user id or an event of theirs, and by whom."""

import sys
from argparse import ArgumentParser, _MutuallyExclusiveGroup
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandError

from eventlog.accounts import account_of
from eventlog.people.names import person_of
from visn_whatsapp.options import positive
from webhooks.models import Event
from webhooks.whatsapp.items import Person
from webhooks.whatsapp.numbers import digits

LONGEST_NAME = 150  # of a user
STDIN = "-"  # in the place of a value that shall be in no list of processes, nor a shell's history


def add_person(who: _MutuallyExclusiveGroup) -> None:
    """Declares the options."""
    who.add_argument("--number", help=f"the person's phone number; {STDIN}: it is read")
    who.add_argument("--user-id", help=f"their user id; {STDIN}: it is read")
    who.add_argument("--event", type=positive, help="the person of an event, by its id")


def add_by(parser: ArgumentParser, *, required: bool) -> None:
    """Declares who runs the command, whom nobody has logged in."""
    parser.add_argument(
        "--by",
        default="",
        required=required,
        metavar="NAME",
        help="who does this, by their user name in the event log: Who saw what says so",
    )


def by(options: Mapping[str, Any]) -> User:
    """Who does it; an account that nobody can log in with where there is none of this name.

    Raises CommandError where nobody is named.
    """
    name = options["by"].strip()
    if not name or len(name) > LONGEST_NAME:
        raise CommandError("Who does this? It has to be noted: --by, a user name.")
    return account_of(name, may_log_in=False)


def person(options: Mapping[str, Any]) -> Person:
    """Who is meant. Raises CommandError where nobody is."""
    if options["event"]:
        event = Event.objects.filter(pk=options["event"]).first()
        meant = person_of(event) if event else Person()
    else:
        number, user_id = (_given(options[name]) for name in ("number", "user_id"))
        meant = Person(number=digits(number), user_id=user_id)
    if meant == Person():
        raise CommandError("Who is meant? --number, --user-id, or --event of somebody.")
    return meant


def _given(word: str | None) -> str:
    return sys.stdin.readline().strip() if word == STDIN else (word or "").strip()
