"""Applies tombstones again after the ledger was restored: what came back is taken out once more."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from eventlog.erasing import words
from eventlog.erasing.taking_out import Taken, take_out
from eventlog.erasing.tombstones import Stone, Tombstone, add
from eventlog.models import Erasure
from eventlog.people.names import aliases_of, in_words, person_of
from listeners import erased
from webhooks.alias import Alias
from webhooks.inserting import insert_new
from webhooks.models import Delivery, Event
from webhooks.whatsapp.names import Names


def apply_again(stones: Sequence[Stone], *, now: datetime) -> Iterator[Taken]:
    """Takes out what these tombstones say and the ledger has, delivery by delivery.

    A delivery is known by its id, or else by its bytes. The hashes count until thirty days after
    the erasure. May be broken off at any time and done again. Raises Django's database errors.
    """
    of_erasure: dict[UUID, list[Stone]] = defaultdict(list)
    for stone in stones:
        of_erasure[stone.erasure].append(stone)
    for every in of_erasure.values():
        _remember(every[0], now=now)
        names, aliases = _beside_the_events(every)
        for stone in every:
            with transaction.atomic():
                taken = _apply(stone, names=names, now=now)
            taken.aliases, aliases = taken.aliases + aliases, 0
            yield taken


def _beside_the_events(stones: Sequence[Stone]) -> tuple[Names, int]:
    """Takes out what leads to no delivery, while the rows that came back still say of whom.

    Returns the person's names, as far as these tell, and how many aliases went.
    """
    people = [
        *{
            person_of(row)
            for stone in stones
            for delivery in _deliveries(stone)
            for row in _theirs(delivery, stone)
        }
    ]
    names = Names.of(people)
    words.take_out(in_words(names))
    return names, Alias.objects.filter(pk__in=aliases_of(names, people)).delete()[0]


def _remember(stone: Stone, *, now: datetime) -> None:
    """The erasure, if the ledger forgot it."""
    row = Erasure(
        pk=stone.erasure,
        asked_by_name=stone.asked_by,
        asked_at=stone.asked_at,
        state=Erasure.State.FINISHED,
        finished_at=now,
    )
    insert_new([row], unless="(id)")


def _apply(stone: Stone, *, names: Names, now: datetime) -> Taken:
    kept = Tombstone(
        delivery=stone.delivery,
        digest=stone.digest,
        positions=frozenset(stone.positions),
        emptied=stone.emptied,
        marks=frozenset(stone.marks),
    )
    add(kept, erasure=stone.erasure, now=stone.erased_at)
    until = stone.erased_at + erased.KEPT
    if until > now:
        erased.remember(stone.marks, erasure=stone.erasure, until=until)
    taken = Taken()
    for delivery in _deliveries(stone):
        taken.add(_take_out(delivery, stone, names=names, now=now))
    return taken


def _deliveries(stone: Stone) -> list[UUID]:
    named = Q(pk=stone.delivery) | Q(digest=stone.digest, repeat_of=None)
    return list(Delivery.objects.filter(named).values_list("pk", flat=True))


def _theirs(delivery: UUID, stone: Stone) -> list[Event]:
    """Only what is there still, or again: of the others nothing more is to be taken."""
    rows = Event.objects.filter(delivery=delivery, position__in=stone.positions, erased_at=None)
    return list(rows)


def _take_out(delivery: UUID, stone: Stone, *, names: Names, now: datetime) -> Taken:
    theirs = _theirs(delivery, stone)
    bytes_again = Delivery.objects.filter(pk=delivery, body__isnull=False)
    if not theirs and not (stone.emptied and bytes_again.exists()):
        return Taken()
    return take_out(
        [delivery],
        names=Names.of(map(person_of, theirs)).joined(names),
        erasure=stone.erasure,
        now=now,
        positions={delivery: [row.position for row in theirs]},
        whole=stone.emptied,
    )
