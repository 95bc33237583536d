"""Writes units: many to a commit, and where that is refused, fewer, until only the odd one is."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from listeners.firestore.documents import changed_fields, new_fields, weight
from listeners.firestore.errors import Invalid, Missing, Refused, TooLarge
from listeners.firestore.store import Store
from listeners.firestore.writes import Create, Update, Write
from listeners.workspace import Unit

# A text takes two writes, since it also counts in its enquiry.
MAX_UNITS = 100
MAX_BYTES = 3 * 1024 * 1024
OVERHEAD = 500  # bytes of a write beside its fields, such as the path
DOCUMENT_BYTES = 1024 * 1024  # Firestore's limit for a document
# However coarsely weighed, surely over the limit: not worth a request that might exceed what the
# connection takes.
HOPELESS_BYTES = 2 * DOCUMENT_BYTES

Decided = tuple[Unit, Refused | None]  # a unit, and why it was refused; None: it is written


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """A unit and the write that it needs."""

    unit: Unit
    write: Write
    size: int  # bytes, about

    @property
    def is_hopeless(self) -> bool:
        """Whether it need not be tried."""
        return self.size > HOPELESS_BYTES


def save(units: Sequence[Unit], *, store: Store) -> Iterator[Decided]:
    """Writes all units, and yields each as soon as it is written or refused for good.

    Raises `Unavailable` as soon as Firestore cannot be reached; nobody knows then of the units
    that were not yielded whether they are written.
    """
    by_chat = sorted(units, key=lambda unit: unit.chat)
    prepared = [prepare(unit) for unit in by_chat]
    yield from ((each.unit, TooLarge()) for each in prepared if each.is_hopeless)
    for batch in _batches(each for each in prepared if not each.is_hopeless):
        yield from _commit(batch, store=store)


def prepare(unit: Unit) -> Prepared:
    """What has to be written of a unit."""
    write = _write(unit)
    return Prepared(unit=unit, write=write, size=weight(write.fields) + OVERHEAD)


def _commit(batch: Sequence[Prepared], *, store: Store) -> Iterator[Decided]:
    refused = _refusal(batch, store=store)
    if refused is None:
        yield from ((each.unit, None) for each in batch)
    elif len(batch) == 1 or _all_alike(refused, batch):
        yield from ((each.unit, _explained(refused, each)) for each in batch)
    else:
        for part in _parts(batch):
            yield from _commit(part, store=store)


def _refusal(batch: Sequence[Prepared], *, store: Store) -> Refused | None:
    """Writes all of it or nothing. Returns why nothing."""
    try:
        store.commit([prepared.write for prepared in batch])
    except Refused as refused:
        return refused
    return None


def _all_alike(refused: Refused, batch: Sequence[Prepared]) -> bool:
    """Whether what is missing is the enquiry in which all these new messages would count."""
    chats = {each.unit.chat for each in batch}
    creates = all(isinstance(each.write, Create) for each in batch)
    return isinstance(refused, Missing) and len(chats) == 1 and creates


def _explained(refused: Refused, prepared: Prepared) -> Refused:
    """Of an oversized nested value Firestore says only that it is invalid."""
    oversized = isinstance(refused, Invalid) and prepared.size > DOCUMENT_BYTES
    return TooLarge() if oversized else refused


def _parts(batch: Sequence[Prepared]) -> list[list[Prepared]]:
    """By chat; what is of one chat already, one by one."""
    chats = [list(group) for _, group in groupby(batch, key=lambda each: each.unit.chat)]
    return chats if len(chats) > 1 else [[prepared] for prepared in batch]


def _batches(prepared: Iterable[Prepared]) -> Iterator[list[Prepared]]:
    """Cuts the units, sorted by chat, at the limits of a commit."""
    batch: list[Prepared] = []
    size = 0
    for each in prepared:
        if batch and (len(batch) == MAX_UNITS or size + each.size > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(each)
        size += each.size
    if batch:
        yield batch


def _write(unit: Unit) -> Write:
    document_id = unit.after.document_id
    if unit.before is not None:
        return Update(
            chat=unit.chat,
            document_id=document_id,
            fields=changed_fields(unit.before.message, unit.after),
            version=unit.before.version,
        )
    if unit.after.written is not None:
        fields = new_fields(unit.after, written=unit.after.written)
        return Create(chat=unit.chat, document_id=document_id, fields=fields)
    raise ValueError("only a message of the driver makes a document")
