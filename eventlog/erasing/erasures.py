"""Erasures: what somebody asked for is written down, and carried on in small steps to its end.

Whoever comes carries an erasure on: the page that watches it, the command, or `catch_up`. Each step
is one transaction, so one whose process dies goes on where it was. Until it is finished its row
names the person, since what is taken out first no longer leads to the rest.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import F, QuerySet

from eventlog.erasing import words
from eventlog.erasing.taking_out import Taken, take_out
from eventlog.models import Erasure
from eventlog.people.names import aliases_of, in_words
from eventlog.people.searching import Place, next_named, search
from webhooks.alias import Alias
from webhooks.inserting import insert_new
from webhooks.whatsapp.items import Person
from webhooks.whatsapp.names import Names

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What somebody asks for."""

    erasure: UUID  # made with the form, so that asking twice is asking once
    people: list[Person]  # the person by each of their names
    asked_by: User | None  # None: somebody at a command line
    asked_by_name: str


def start(request: Request, *, now: datetime) -> Erasure:
    """Writes down an erasure; `carry_on` then takes the person out.

    Returns the one of before if it was asked for already.
    """
    erasure = Erasure(
        pk=request.erasure,
        asked_by=request.asked_by,
        asked_by_name=request.asked_by_name,
        asked_at=now,
        names={"people": [[each.number, each.user_id] for each in request.people]},
    )
    insert_new([erasure], unless="(id)")
    return Erasure.objects.get(pk=request.erasure)


def carry_on(erasure: Erasure, *, clock: Clock, until: datetime) -> Iterator[Taken]:
    """Takes the person out step by step, until the time is up or nothing is left.

    Yields what each step did. Any number may do so at once. Raises Django's database errors.
    """
    people = [Person(number=number, user_id=own) for number, own in erasure.names.get("people", ())]
    names = Names.of(people)
    while erasure.state == Erasure.State.ERASING and clock() < until:
        place = Place.of(erasure.searched)
        part, after = next_named(names), place
        if not part and not place.is_end:
            part, after = search(place, names=in_words(names))
        taken = take_out(part, names=names, erasure=erasure.pk, now=clock())
        if not part and place.is_end:
            taken.aliases += Alias.objects.filter(pk__in=aliases_of(names, people)).delete()[0]
            _finish(erasure, taken, found=words.take_out(in_words(names)), now=clock())
        else:
            _note(erasure, taken, after)
        erasure.refresh_from_db()
        yield taken


def _note(erasure: Erasure, taken: Taken, place: Place) -> None:
    Erasure.objects.filter(pk=erasure.pk, state=Erasure.State.ERASING).update(
        searched=place.as_json(), **_counted(taken)
    )


def _finish(erasure: Erasure, taken: Taken, *, found: int, now: datetime) -> None:
    finished = Erasure.objects.filter(pk=erasure.pk, state=Erasure.State.ERASING).update(
        state=Erasure.State.FINISHED,
        finished_at=now,
        names={},
        searched=[],
        words=F("words") + found,
        **_counted(taken),
    )
    if finished:
        logger.info("A person was erased.", extra={"erasure": str(erasure.pk)})


def _counted(taken: Taken) -> dict[str, object]:
    return {
        name: F(name) + getattr(taken, name)
        for name in ("events", "deliveries", "emptied", "placements", "aliases")
    }


def carry_on_all(*, clock: Clock, until: datetime) -> int:
    """Carries on those that are not finished, the oldest first. Returns how many went on."""
    went_on = 0
    for erasure in unfinished().order_by("asked_at"):
        steps = sum(1 for _ in carry_on(erasure, clock=clock, until=until))
        went_on += steps > 0
    return went_on


def unfinished() -> QuerySet[Erasure]:
    """Those whose person is not wholly taken out yet."""
    return Erasure.objects.filter(state=Erasure.State.ERASING)
