"""How a command is told who is meant: by a number, a user id, or an event of theirs."""

import sys
from argparse import _MutuallyExclusiveGroup
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError

from eventlog.people.names import person_of
from visn_whatsapp.options import positive
from webhooks.models import Event
from webhooks.whatsapp.items import Person
from webhooks.whatsapp.numbers import digits

STDIN = "-"  # in the place of a value that shall be in no list of processes, nor a shell's history


def add_person(who: _MutuallyExclusiveGroup) -> None:
    """Declares the options."""
    who.add_argument("--number", help=f"the person's phone number; {STDIN}: it is read")
    who.add_argument("--user-id", help=f"their user id; {STDIN}: it is read")
    who.add_argument("--event", type=positive, help="the person of an event, by its id")


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
