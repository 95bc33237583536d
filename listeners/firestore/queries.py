"""Which queries find tracking records and messages: as few as Firestore's limits allow."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from google.cloud.firestore_v1 import types

from listeners.firestore.documents import (
    CHAT_MESSAGES,
    DRIVER_NUMBER,
    DRIVER_USER_ID,
    MESSAGE_ID,
    messages_collection,
    tracking_collection,
)
from listeners.firestore.values import Message
from listeners.tracking import ChatKey
from webhooks.whatsapp.items import Person
from webhooks.whatsapp.numbers import spellings

V = TypeVar("V")

_OR = types.StructuredQuery.CompositeFilter.Operator.OR
_IN = types.StructuredQuery.FieldFilter.Operator.IN
_ASCENDING = types.StructuredQuery.Direction.ASCENDING
_DESCENDING = types.StructuredQuery.Direction.DESCENDING
_NAME = "__name__"

# Values of one `in` filter, and of all that are joined by `or` (Firestore's limit).
IN_LIMIT = 30
VALUE_BYTES = 1500  # a query's value must be shorter (measured on the official emulator)


@dataclass(frozen=True, kw_only=True, slots=True)
class Lookup:
    """Whose tracking records are wanted: one lease number and one person."""

    lease_number: str
    person: Person


@dataclass(frozen=True, kw_only=True, slots=True)
class Beyond:
    """A document at which the result of a sorted query begins."""

    value: bytes  # of the field that it is sorted by, as Firestore's message of it
    name: str  # with its database
    inclusive: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """Which documents are looked for, in one collection, or in all of a name."""

    collection: str  # its path; of all of a name, the name
    everywhere: bool = False
    any_of: Mapping[str, Sequence[str]] = field(default_factory=dict)  # values by field
    sorted_by: str = ""  # a field that they have, and then their name; the greatest first
    ascending: bool = False  # the least first
    beyond: "Beyond | None" = None  # only those behind it in this order
    limit: int = 0  # none

    @property
    def parent(self) -> str:
        """The path of the document that the collection is of; empty: of none."""
        return self.collection.rpartition("/")[0]

    def message(self, names: Sequence[str]) -> Message:
        """What Firestore is asked for these fields."""
        query = types.StructuredQuery.pb()()
        for name in names:
            query.select.fields.add(field_path=name)
        collection_id = self.collection.rpartition("/")[2]
        query.from_.add(collection_id=collection_id, all_descendants=self.everywhere)
        filters = [_is_in(name, values) for name, values in self.any_of.items()]
        if len(filters) == 1:
            query.where.CopyFrom(filters[0])
        elif filters:
            query.where.composite_filter.op = _OR
            query.where.composite_filter.filters.extend(filters)
        if self.sorted_by:
            self._sort(query)
        if self.limit:
            query.limit.value = self.limit
        return query

    def _sort(self, query: Message) -> None:
        direction = _ASCENDING if self.ascending else _DESCENDING
        for name in (self.sorted_by, _NAME):
            query.order_by.add(field={"field_path": name}, direction=direction)
        if self.beyond is not None:
            query.start_at.values.add().ParseFromString(self.beyond.value)
            query.start_at.values.add(reference_value=self.beyond.name)
            query.start_at.before = self.beyond.inclusive


def tracking_queries(lookups: Collection[Lookup]) -> Iterator[tuple[str, Query]]:
    """The queries that are needed, each with the lease number as its collection spells it."""
    wanted: dict[str, set[tuple[str, str]]] = {}  # fields and values by collection
    for lookup in lookups:
        for lease_number in spellings(lookup.lease_number):
            wanted.setdefault(lease_number, set()).update(_wanted(lookup.person))
    for lease_number, every in sorted(wanted.items()):
        collection = tracking_collection(lease_number)
        for chunk in _chunks(sorted(every)):
            yield lease_number, Query(collection=collection, any_of=_by_field(chunk))


def message_queries(message_ids: Iterable[str]) -> Iterator[Query]:
    """Up to 30 of Meta's message ids for each query that is needed."""
    # Firestore refuses longer values. Ours of exactly that length is found by its document alone.
    wanted = sorted(each for each in message_ids if len(each.encode()) < VALUE_BYTES)
    for chunk in _chunks(wanted):
        yield Query(collection=CHAT_MESSAGES, everywhere=True, any_of={MESSAGE_ID: chunk})


def in_turn(
    chat: ChatKey,
    by: str,
    *,
    at: Beyond | None = None,
    inclusive: bool = False,
    newer: bool = False,
    limit: int,
) -> Query:
    """The messages of a chat that have a field, the greatest first; `newer`: the least first."""
    return Query(
        collection=messages_collection(chat),
        sorted_by=by,
        ascending=newer,
        beyond=replace(at, inclusive=inclusive) if at is not None else None,
        limit=limit,
    )


def holding(collection: str, name: str, value: str, *, limit: int) -> Query:
    """The documents of a collection whose field has this value."""
    return Query(collection=collection, any_of={name: [value]}, limit=limit)


def _wanted(person: Person) -> Iterator[tuple[str, str]]:
    """What a record of the person may hold: the number, however spelled, or the user id."""
    for digits in spellings(person.number) if person.number else ():
        yield DRIVER_NUMBER, digits
        yield DRIVER_NUMBER, f"+{digits}"
    if person.user_id:
        yield DRIVER_USER_ID, person.user_id


def _by_field(fields: Iterable[tuple[str, str]]) -> Mapping[str, Sequence[str]]:
    values: dict[str, list[str]] = {}
    for name, value in fields:
        values.setdefault(name, []).append(value)
    return values


def _is_in(name: str, values: Iterable[str]) -> Message:
    found = types.StructuredQuery.Filter.pb()()
    found.field_filter.field.field_path = name
    found.field_filter.op = _IN
    for each in values:
        found.field_filter.value.array_value.values.add(string_value=each)
    return found


def _chunks(values: Sequence[V]) -> Iterator[list[V]]:
    for start in range(0, len(values), IN_LIMIT):
        yield list(values[start : start + IN_LIMIT])
