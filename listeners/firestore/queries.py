"""Which queries find tracking records and messages: as few as Firestore's limits allow."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from listeners.firestore.documents import DRIVER_NUMBER, DRIVER_USER_ID
from webhooks.whatsapp.items import Person
from webhooks.whatsapp.numbers import spellings

IN_LIMIT = 30  # values of one `in` filter (Firestore's limit)
VALUE_BYTES = 1500  # a query's value must be shorter (measured on the official emulator)


@dataclass(frozen=True, kw_only=True, slots=True)
class Lookup:
    """Whose tracking records are wanted: one lease number and one person."""

    lease_number: str
    person: Person


def tracking_queries(lookups: Collection[Lookup]) -> Iterator[tuple[str, str, list[str]]]:
    """Lease number, field and up to 30 values for each query that is needed."""
    wanted: dict[tuple[str, str], set[str]] = {}
    for lookup in lookups:
        if lookup.person.number:
            field, values = DRIVER_NUMBER, _written_forms(lookup.person.number)
        else:
            field, values = DRIVER_USER_ID, {lookup.person.user_id}
        wanted.setdefault((lookup.lease_number, field), set()).update(values)
    for (lease_number, field), every in sorted(wanted.items()):
        for chunk in _chunks(sorted(every)):
            yield lease_number, field, chunk


def message_queries(message_ids: Iterable[str]) -> Iterator[list[str]]:
    """Up to 30 of Meta's message ids for each query that is needed."""
    # Firestore refuses longer values. Ours of exactly that length is found by its document alone.
    return _chunks(sorted(each for each in message_ids if len(each.encode()) < VALUE_BYTES))


def _written_forms(number: str) -> set[str]:
    """The number as tracking records may hold it: each spelling, with or without a plus."""
    return {form for digits in spellings(number) for form in (digits, f"+{digits}")}


def _chunks(values: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(values), IN_LIMIT):
        yield list(values[start : start + IN_LIMIT])
