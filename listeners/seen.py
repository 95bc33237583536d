"""What the ledger has seen of people and messages: which names Meta gave them, and together."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from listeners.firestore.queries import Lookup
from webhooks.models import Event
from webhooks.rows import query
from webhooks.whatsapp.identifiers import is_user_id
from webhooks.whatsapp.items import Person
from webhooks.whatsapp.numbers import canonical, spellings
from webhooks.whatsapp.wamids import key_of, short_key

# Of each number that Meta named beside one of these user ids, when it did so last.
NAMED_TOGETHER = (
    "SELECT person_user_id, lease_number, person_number, MAX(occurred_at) FROM webhooks_event "
    "WHERE person_user_id IN %(person_user_id)s AND person_user_id <> '' "
    "AND person_number <> '' AND occurred_at IS NOT NULL "
    "GROUP BY person_user_id, lease_number, person_number"
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


def newest_numbers(lookups: Collection[Lookup]) -> Mapping[tuple[str, str], str]:
    """The numbers that Meta named last beside user ids, by lease number and user id.

    Last by Meta's time, so that the order in which events came makes no difference.
    """
    user_ids = tuple(sorted({lookup.person.user_id for lookup in lookups}))
    fields = ("person_user_id", "lease_number", "person_number", "occurred_at")
    newest: dict[tuple[str, str], tuple[datetime, str]] = {}
    for user_id, lease_number, number, at in query(
        Event, fields, NAMED_TOGETHER, {"person_user_id": user_ids}
    ):
        key = (canonical(lease_number), user_id)
        newest[key] = max((at, number), newest.get(key, (at, number)))
    return {key: number for key, (_, number) in newest.items()}


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
