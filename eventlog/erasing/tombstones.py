"""Tombstones: where people were taken out of the ledger, so that no restore brings them back.

They name deliveries, positions and digests, and for a time the keyed hashes of messages; nobody.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any
from uuid import UUID

import msgspec

from eventlog.models import ErasedDelivery, Erasure
from listeners.erased import KEPT
from webhooks.inserting import insert_new

FORM = 1  # of the file
ROWS_AT_A_TIME = 1000


class NoTombstones(ValueError):
    """The file holds no tombstones that this release reads."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tombstone:
    """One delivery of which a person was taken out."""

    delivery: UUID
    digest: str
    positions: frozenset[int]
    emptied: bool
    marks: frozenset[str]


class Stone(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of the file: a tombstone, and whose erasure it is of, who erased and when."""

    form: int
    erasure: UUID
    asked_at: datetime
    asked_by: str
    delivery: UUID
    digest: str
    positions: list[int]
    emptied: bool
    marks: list[str]
    erased_at: datetime


_DECODER = msgspec.json.Decoder(Stone)


def add(stone: Tombstone, *, erasure: UUID, now: datetime) -> None:
    """Keeps a tombstone, in the caller's transaction; with what stands on one that is there."""
    row = ErasedDelivery(
        erasure_id=erasure,
        delivery=stone.delivery,
        digest=stone.digest,
        positions=sorted(stone.positions),
        emptied=stone.emptied,
        marks=sorted(stone.marks),
        erased_at=now,
    )
    if not insert_new([row], unless="(erasure_id, delivery)", returning=["id"]):
        rows = ErasedDelivery.objects.select_for_update()
        there = rows.get(erasure=erasure, delivery=stone.delivery)
        there.positions = sorted({*there.positions, *stone.positions})
        there.marks = sorted({*there.marks, *stone.marks})
        there.emptied = there.emptied or stone.emptied
        there.save()
    # The files that are kept outside do not have it.
    Erasure.objects.filter(pk=erasure, exported_at__isnull=False).update(exported_at=None)


def forget_marks(*, now: datetime) -> int:
    """Takes the hashes from tombstones that are older than a message can come again."""
    old = ErasedDelivery.objects.filter(erased_at__lt=now - KEPT)
    return old.exclude(marks=[]).update(marks=[])


def export(file: IO[str], *, now: datetime) -> int:
    """Writes all tombstones, one JSON object a line, and at the end how many. Returns that."""
    count = 0
    finished = [*Erasure.objects.filter(state=Erasure.State.FINISHED).values_list("pk", flat=True)]
    for row in _rows():
        file.write(f"{json.dumps(_line(row))}\n")
        count += 1
    file.write(f"{json.dumps({'complete': count})}\n")
    Erasure.objects.filter(pk__in=finished).update(exported_at=now)
    return count


def _rows() -> Iterator[ErasedDelivery]:
    last = 0
    rows = ErasedDelivery.objects.select_related("erasure").order_by("pk")
    while page := list(rows.filter(pk__gt=last)[:ROWS_AT_A_TIME]):
        yield from page
        last = page[-1].pk


def _line(row: ErasedDelivery) -> Mapping[str, Any]:
    return {
        "form": FORM,
        "erasure": str(row.erasure_id),
        "asked_at": row.erasure.asked_at.isoformat(),
        "asked_by": row.erasure.asked_by_name,
        "delivery": str(row.delivery),
        "digest": row.digest,
        "positions": row.positions,
        "emptied": row.emptied,
        "marks": row.marks,
        "erased_at": row.erased_at.isoformat(),
    }


def read_all(lines: Iterable[str]) -> list[Stone]:
    """The tombstones of a file, all or none. Raises NoTombstones."""
    stones: list[Stone] = []
    complete = None
    for line in lines:
        if complete is not None:
            raise NoTombstones("there are lines behind its end")
        try:
            if line.startswith('{"complete"'):
                complete = json.loads(line)["complete"]
            else:
                stones.append(_DECODER.decode(line))
        except ValueError as error:
            raise NoTombstones(f"line {len(stones) + 1} is no tombstone") from error
    if complete != len(stones) or any(stone.form != FORM for stone in stones):
        raise NoTombstones("it is not complete, or of another release")
    return stones
