"""Applies tombstones again after the ledger was restored: what came back is taken out once more."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from eventlog.erasing.taking_out import Taken, take_out
from eventlog.erasing.tombstones import Stone, Tombstone, add
from eventlog.models import Erasure
from eventlog.people.names import person_of
from listeners import erased
from webhooks.inserting import insert_new
from webhooks.models import Delivery, Event
from webhooks.whatsapp.names import Names


def apply_again(stones: Sequence[Stone], *, now: datetime) -> Iterator[Taken]:
    """Takes out what these tombstones say and the ledger has, delivery by delivery.

    A delivery is known by its id, or else by its bytes. The hashes count until thirty days after
    the erasure. May be broken off at any time and done again. Raises Django's database errors.
    """
    for erasure, some in groupby(stones, key=lambda stone: stone.erasure):
        every = list(some)
        _remember(every[0], now=now)
        for stone in every:
            with transaction.atomic():
                taken = _apply(stone, erasure=erasure, now=now)
            yield taken


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


def _apply(stone: Stone, *, erasure: UUID, now: datetime) -> Taken:
    kept = Tombstone(
        delivery=stone.delivery,
        digest=stone.digest,
        positions=frozenset(stone.positions),
        emptied=stone.emptied,
        marks=frozenset(stone.marks),
    )
    add(kept, erasure=erasure, now=stone.erased_at)
    until = stone.erased_at + erased.KEPT
    if until > now:
        erased.remember(stone.marks, erasure=erasure, until=until)
    taken = Taken()
    for delivery in _deliveries(stone):
        taken.add(_take_out(delivery, stone.positions, erasure=erasure, now=now))
    return taken


def _deliveries(stone: Stone) -> list[UUID]:
    named = Q(pk=stone.delivery) | Q(digest=stone.digest, repeat_of=None)
    return list(Delivery.objects.filter(named).values_list("pk", flat=True))


def _take_out(delivery: UUID, positions: Collection[int], *, erasure: UUID, now: datetime) -> Taken:
    """Only what is there still, or again: of the others nothing more is to be taken."""
    rows = Event.objects.filter(delivery=delivery, position__in=positions, erased_at=None)
    theirs = list(rows)
    if not theirs:
        return Taken()
    return take_out(
        [delivery],
        names=Names.of(map(person_of, theirs)),
        erasure=erasure,
        now=now,
        positions={delivery: [row.position for row in theirs]},
    )
