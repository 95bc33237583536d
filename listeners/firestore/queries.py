"""Which queries find tracking records and messages: as few as Firestore's limits allow."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from google.cloud.firestore import FieldFilter, Or
from google.cloud.firestore_v1.base_query import BaseFilter

from listeners.firestore.documents import DRIVER_NUMBER, DRIVER_USER_ID
from webhooks.whatsapp.items import Person
from webhooks.whatsapp.numbers import spellings

V = TypeVar("V")

# Values of one `in` filter, and of all that are joined by `or` (Firestore's limit).
IN_LIMIT = 30
VALUE_BYTES = 1500  # a query's value must be shorter (measured on the official emulator)


@dataclass(frozen=True, kw_only=True, slots=True)
class Lookup:
    """Whose tracking records are wanted: one lease number and one person."""

    lease_number: str
    person: Person


def tracking_queries(lookups: Collection[Lookup]) -> Iterator[tuple[str, BaseFilter]]:
    """For each query that is needed the lease number, as its collection spells it, and a filter."""
    wanted: dict[str, set[tuple[str, str]]] = {}  # fields and values by collection
    for lookup in lookups:
        for lease_number in spellings(lookup.lease_number):
            wanted.setdefault(lease_number, set()).update(_wanted(lookup.person))
    for lease_number, every in sorted(wanted.items()):
        for chunk in _chunks(sorted(every)):
            yield lease_number, _any_of(chunk)


def message_queries(message_ids: Iterable[str]) -> Iterator[list[str]]:
    """Up to 30 of Meta's message ids for each query that is needed."""
    # Firestore refuses longer values. Ours of exactly that length is found by its document alone.
    return _chunks(sorted(each for each in message_ids if len(each.encode()) < VALUE_BYTES))


def _wanted(person: Person) -> Iterator[tuple[str, str]]:
    """What a record of the person may hold: the number, however spelled, or the user id."""
    for digits in spellings(person.number) if person.number else ():
        yield DRIVER_NUMBER, digits
        yield DRIVER_NUMBER, f"+{digits}"
    if person.user_id:
        yield DRIVER_USER_ID, person.user_id


def _any_of(fields: Iterable[tuple[str, str]]) -> BaseFilter:
    values: dict[str, list[str]] = {}
    for field, value in fields:
        values.setdefault(field, []).append(value)
    filters: list[BaseFilter] = [FieldFilter(field, "in", every) for field, every in values.items()]
    return filters[0] if len(filters) == 1 else Or(filters)


def _chunks(values: Sequence[V]) -> Iterator[list[V]]:
    for start in range(0, len(values), IN_LIMIT):
        yield list(values[start : start + IN_LIMIT])
