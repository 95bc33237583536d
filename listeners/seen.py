"""What the ledger has seen of people and messages: which names Meta gave them, and together."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from listeners.tracking import Naming
from webhooks.models import Event
from webhooks.rows import listed, query
from webhooks.whatsapp.identifiers import is_user_id
from webhooks.whatsapp.items import Person
from webhooks.whatsapp.numbers import canonical, spellings
from webhooks.whatsapp.wamids import key_of, short_key

# Which number Meta had named last beside a user id at a time, and when. In two steps, so that
# event_named_together answers both by the one entry that is meant, however long a history is: in
# one the database would have to sort by the number as well. The condition is spelled as that of the
# index, which SQLite compares; the greatest is of an expression, or an index of numbers would be
# gone through for it.
_BESIDE = (
    "FROM webhooks_event e WHERE NOT e.person_user_id = '' AND NOT e.person_number = '' "
    "AND e.person_user_id = a.user_id AND e.lease_number = a.lease_number"
)
NAMED_TOGETHER = (
    "WITH asked (user_id, lease_number, at) AS (VALUES {rows}), "  # noqa: S608 (words of ours)
    "a AS MATERIALIZED (SELECT user_id, lease_number, at, "
    f"(SELECT e.occurred_at {_BESIDE} AND e.occurred_at <= a.at "
    "ORDER BY e.occurred_at DESC LIMIT 1) AS named_at FROM asked a) "
    "SELECT a.user_id, a.lease_number, a.at, a.named_at, "
    f"(SELECT MAX(e.person_number || '') {_BESIDE} AND e.occurred_at = a.named_at) "
    "FROM a WHERE a.named_at IS NOT NULL"
)
# When Meta named one of these numbers, or user ids, and another name together.
TOGETHER = " UNION ".join(
    "SELECT lease_number, person_number, person_user_id, MIN(occurred_at), MAX(occurred_at) "  # noqa: S608 (words of ours)
    f"FROM webhooks_event WHERE {known} IN %({known})s AND person_number <> '' "
    "AND person_user_id <> '' AND occurred_at IS NOT NULL "
    "GROUP BY lease_number, person_number, person_user_id"
    for known in ("person_number", "person_user_id")
)
# The ids that Meta named messages by; the keys tell which of them may be one message's.
WITH_KEYS = (
    "SELECT message_id, lease_number, person_number, person_user_id FROM webhooks_event "
    "WHERE message_key IN %(message_key)s "
    "UNION SELECT target_id, lease_number, person_number, person_user_id FROM webhooks_event "
    "WHERE target_key IN %(target_key)s"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Together:
    """That Meta named a number and a user id as one person's, from when until when."""

    lease_number: str  # both numbers are of their spellings the smallest
    number: str
    user_id: str  # of the documented form
    first: datetime
    last: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenId:
    """An id by which Meta named a message, and whose chat it was in."""

    message_id: str
    lease_number: str
    person: Person


def newest_numbers(namings: Collection[Naming]) -> Mapping[Naming, str]:
    """The number that Meta had named last beside each user id, of those that it named with any.

    Last by Meta's time and not later than the naming, so that the order in which events came makes
    no difference.
    """
    asked = {
        (each.person.user_id, lease_number, each.at)
        for each in namings
        for lease_number in spellings(each.lease_number)
    }
    names = ("person_user_id", "lease_number", "occurred_at")
    rows, values = listed(names, sorted(asked))
    found: dict[tuple[str, str, datetime], tuple[datetime, str]] = {}
    for user_id, lease_number, at, named_at, number in query(
        Event, (*names, "occurred_at", "person_number"), NAMED_TOGETHER.format(rows=rows), values
    ):
        key = (user_id, canonical(lease_number), at)
        found[key] = max((named_at, number), found.get(key, (named_at, number)))
    keys = {each: (each.person.user_id, canonical(each.lease_number), each.at) for each in namings}
    return {each: found[key][1] for each, key in keys.items() if key in found}


def together(names: Collection[str]) -> Iterator[Together]:
    """What Meta named together with one of these numbers, in whatever spelling, or user ids."""
    fields = ("lease_number", "person_number", "person_user_id", "occurred_at", "occurred_at")
    numbers = tuple(sorted({form for name in names for form in spellings(name)}))
    values = {"person_number": numbers, "person_user_id": tuple(sorted(names))}
    for lease_number, number, user_id, first, last in query(Event, fields, TOGETHER, values):
        if is_user_id(user_id):
            yield Together(
                lease_number=canonical(lease_number),
                number=canonical(number),
                user_id=user_id,
                first=first,
                last=last,
            )


def other_ids(message_ids: Iterable[str]) -> Mapping[str, list[SeenId]]:
    """For each id of a message the others with the same key. No query where none has a key."""
    keys = {each: short_key(each) for each in message_ids}
    wanted = tuple(sorted({key for key in keys.values() if key is not None}))
    if not wanted:
        return {}
    fields = ("message_id", "lease_number", "person_number", "person_user_id")
    seen: dict[str, list[SeenId]] = {}
    for message_id, lease_number, number, user_id in query(
        Event, fields, WITH_KEYS, {"message_key": wanted, "target_key": wanted}
    ):
        person = Person(number=number, user_id=user_id)
        one = SeenId(message_id=message_id, lease_number=lease_number, person=person)
        seen.setdefault(key_of(message_id), []).append(one)
    return {
        each: [one for one in seen.get(key_of(each), ()) if one.message_id != each]
        for each, key in keys.items()
        if key is not None
    }
