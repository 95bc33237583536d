"""What matches a number, an id or a part of an address that somebody types into the search box."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from uuid import UUID

from django.db.models import Q

from eventlog.kinds import DISPLAYS
from eventlog.questions.known_as import names_beside
from eventlog.questions.same import (
    Same,
    about_message,
    with_company,
    with_enquiry,
    with_lease_number,
    with_messages,
    with_numbers,
    with_targets,
    with_user_id,
)
from eventlog.questions.windows import NEWEST_FIRST
from visn_whatsapp.untrusted import uuid
from webhooks.models import Delivery, Event
from webhooks.whatsapp.items import Person
from webhooks.whatsapp.numbers import digits

LONGEST_WORD = 1500  # as long as an id may be
SHORTEST_NUMBER = 6  # digits; fewer are an event's own number
_NUMBER = re.compile(r"[+0-9 ()./\-\u00a0]+")
# Written in numbers that are dialled at home and from abroad; only at home the zero counts.
_TRUNK_ZERO = "(0)"
_LABELS = "|".join(display.label for display in DISPLAYS.values())
# An address of this admin, or how its pages name an event: `Text 29`, `Status delivered 29`.
_EVENT_ID = re.compile(
    rf"(?:\S*/(?:event|chat)/|(?:event|{_LABELS})\s(?:\S{{1,64}}\s)?)?"
    r"([0-9]{1,18})(?:/\S*)?",
    re.IGNORECASE,
)
_DELIVERY_ADDRESS = re.compile(r"\S*/delivery/([^/\s]+)/\S*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """One thing of the log that was meant. Of `event` and `delivery` exactly one is there."""

    title: str  # what it is, without personal data
    event: Event | None = None  # the newest event of the thing
    same: Same | None = None  # what the thing has in common with all of its events
    delivery: UUID | None = None


def find(words: str) -> list[Match]:
    """Returns everything that the words may name, the likeliest first."""
    word = words.strip().replace("\0", "")[:LONGEST_WORD]
    return list(_matches(word)) if word else []


def phone_digits(word: str) -> str:
    """The digits of what looks like a phone number, in international form; otherwise nothing."""
    if not _NUMBER.fullmatch(word):
        return ""
    found = digits(word.replace(_TRUNK_ZERO, ""))
    international = found.removeprefix("00")
    return international if len(international) >= SHORTEST_NUMBER else ""


def _matches(word: str) -> Iterator[Match]:
    number = phone_digits(word)
    if number:
        yield from _driver("Driver's number", Person(number=number))
        yield from _by("Lease number", Same.LEASE_NUMBER, with_lease_number(number))
    yield from _message(word)
    for label, same, condition in EXACT:
        yield from _by(label, same, condition(word))
    yield from _driver("Driver's user id", Person(user_id=word))
    yield from _delivery(word)
    if event := _EVENT_ID.fullmatch(word):
        yield from _by("Event", None, Q(pk=int(event[1])))


def _by(label: str, same: Same | None, condition: Q) -> Iterator[Match]:
    event = Event.objects.filter(condition).order_by(*NEWEST_FIRST).first()
    if event is not None:
        yield Match(title=label, event=event, same=same)


def _driver(label: str, name: Person) -> Iterator[Match]:
    """A driver by events that name them so, or else by those that name them otherwise."""
    for each in chain((name,), names_beside(name)):
        for named in (with_numbers({each.number} - {""}), *with_user_id(each.user_id)):
            found = list(_by(label, Same.DRIVER, named))
            if found:
                yield from found
                return


def _message(word: str) -> Iterator[Match]:
    """A message is one page of its own, so it is found without a list."""
    about = list(_by("Message", None, with_messages([word])))
    about = about or list(_by("Message that others refer to", None, with_targets([word])))
    yield from about or _by("Message by another of its ids", None, about_message(word))


def _delivery(word: str) -> Iterator[Match]:
    address = _DELIVERY_ADDRESS.fullmatch(word)
    wanted = uuid(address[1] if address else word)
    if wanted is None:
        return
    for found in Delivery.objects.filter(pk=wanted).values_list("pk", flat=True):
        yield Match(title="Delivery", delivery=found)


EXACT: tuple[tuple[str, Same, Callable[[str], Q]], ...] = (
    ("Enquiry", Same.ENQUIRY, with_enquiry),
    ("Lease company", Same.COMPANY, with_company),
)
