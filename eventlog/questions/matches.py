"""What matches what somebody types into the search box: a name of a thing, or a part of one."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TypeVar
from uuid import UUID

from django.db.models import Q

from eventlog.kinds import DISPLAYS
from eventlog.questions.dialled import Dialled
from eventlog.questions.known_as import names_beside
from eventlog.questions.masking import MASKED
from eventlog.questions.newest import (
    Look,
    deliveries_ending,
    messages_with,
    names_like,
    numbers_ending,
)
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

LONGEST_WORD = 1500  # as long as an id may be
OFFERED_AT_MOST = 20  # of what one part of a name may be
_LABELS = "|".join(display.label for display in DISPLAYS.values())
# An address of this admin, or how its pages name an event: `Text 29`, `Status delivered 29`.
_EVENT_ID = re.compile(
    rf"(?:\S*/(?:event|chat)/|(?:event|{_LABELS})\s(?:\S{{1,64}}\s)?)?"
    r"([0-9]{1,18})(?:/\S*)?",
    re.IGNORECASE,
)
_DELIVERY_ADDRESS = re.compile(r"\S*/delivery/([^/\s]+)/\S*")
# As pages print them: the end of a delivery's id, and a message's fingerprint.
_SHORT_DELIVERY = re.compile(r"(?:delivery\s)?#?([0-9a-f]{8})", re.IGNORECASE)
_FINGERPRINT = re.compile(r"#?([0-9a-f]{6})", re.IGNORECASE)

_Part = TypeVar("_Part", str, UUID)


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """One thing of the log that was meant. Of `event` and `delivery` exactly one is there."""

    title: str  # what it is, without personal data
    masked: str = ""  # the end of the number that it has, to tell it from others
    event: Event | None = None  # the newest event of the thing
    same: Same | None = None  # what the thing has in common with all of its events
    delivery: UUID | None = None
    certain: bool = True  # False: by a part of its name, which something older may have as well


@dataclass(kw_only=True, slots=True)
class Found:
    """Everything that the words may name, the likeliest first, and what was looked through."""

    matches: list[Match] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)  # for a part of a name
    cut_off: bool = False  # there are more than OFFERED_AT_MOST with this part

    @property
    def older(self) -> bool:
        """Whether there is something older than what was looked through."""
        return any(look.since is not None for look in self.looks)

    @property
    def only(self) -> Match | None:
        """The one thing that was meant, if nothing else can have been."""
        return self.matches[0] if len(self.matches) == 1 and self.matches[0].certain else None

    def add(self, matches: Iterable[Match]) -> None:
        """Adds what is not there yet."""
        there = {_identity(each) for each in self.matches}
        self.matches += [each for each in matches if _identity(each) not in there]

    def add_looked(
        self, found: tuple[list[_Part], Look], matching: Callable[[_Part], Iterable[Match]]
    ) -> None:
        """Adds what was found by a part of its name."""
        values, look = found
        self.looks.append(look)
        self.cut_off |= len(values) > OFFERED_AT_MOST
        for value in values[:OFFERED_AT_MOST]:
            self.add(replace(each, certain=look.since is None) for each in matching(value))


def find(words: str, *, lease_numbers: Collection[str]) -> Found:
    """Finds what the words name, or name a part of.

    Numbers as they are dialled at home are taken for those of the lease numbers' countries.
    """
    word, found = _word(words), Found()
    if not word:
        return found
    if dialled := Dialled.read(word):
        _add_numbers(dialled, lease_numbers, found)
    found.add(_named(word))
    if short := _SHORT_DELIVERY.fullmatch(word):
        found.add_looked(deliveries_ending(short[1].lower()), _delivery)
    if printed := _FINGERPRINT.fullmatch(word):
        found.add_looked(messages_with(printed[1].upper()), _message)
    if event := _EVENT_ID.fullmatch(word):
        # Its digits may as well be the end of something that is older than what was looked through.
        named = _by("Event", None, Q(pk=int(event[1])))
        found.add(replace(each, certain=not found.older) for each in named)
    if not found.matches and word.lower() != word.upper():
        found.add_looked(names_like(word), _named)
    return found


def is_part_of_number(words: str) -> bool:
    """Whether these words are looked for as the end of a number."""
    dialled = Dialled.read(_word(words))
    return dialled is not None and dialled.is_part


def _word(words: str) -> str:
    return words.strip().replace("\0", "")[:LONGEST_WORD]


def _add_numbers(dialled: Dialled, lease_numbers: Collection[str], found: Found) -> None:
    """Drivers and lease numbers: whole, as dialled at home, and by their end."""
    whole, ends = (dialled.digits, *dialled.at_home(lease_numbers)), dialled.ends()
    for number in whole:
        found.add(_driver("Driver's number", Person(number=number)))
    ending = [known for known in lease_numbers if ends and known.endswith(ends)]
    for number in (*whole, *ending):
        found.add(_by("Lease number", Same.LEASE_NUMBER, with_lease_number(number)))
    if ends:
        found.add_looked(
            numbers_ending(ends), lambda end: _driver("Driver's number", Person(number=end))
        )


def _named(word: str) -> Iterator[Match]:
    """What is named by the word as a whole."""
    yield from _message(word)
    for label, same, condition in EXACT:
        yield from _by(label, same, condition(word))
    yield from _driver("Driver's user id", Person(user_id=word))
    address = _DELIVERY_ADDRESS.fullmatch(word)
    wanted = uuid(address[1] if address else word)
    if wanted is not None:
        yield from _delivery(wanted)


def _identity(match: Match) -> tuple[object, ...]:
    return match.same, match.event and match.event.pk, match.delivery


def _by(label: str, same: Same | None, condition: Q) -> Iterator[Match]:
    event = Event.objects.filter(condition).order_by(*NEWEST_FIRST).first()
    if event is not None:
        yield Match(title=label, masked=_masked(event, same), event=event, same=same)


def _masked(event: Event, same: Same | None) -> str:
    if same is Same.DRIVER:
        return MASKED.number(event.person_number) or MASKED.user_id(event.person_user_id)
    return MASKED.number(event.lease_number) if same is Same.LEASE_NUMBER else ""


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


def _delivery(wanted: UUID) -> Iterator[Match]:
    for found in Delivery.objects.filter(pk=wanted).values_list("pk", flat=True):
        yield Match(title="Delivery", delivery=found)


EXACT: tuple[tuple[str, Same, Callable[[str], Q]], ...] = (
    ("Enquiry", Same.ENQUIRY, with_enquiry),
    ("Lease company", Same.COMPANY, with_company),
)
