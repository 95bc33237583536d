"""What the ledger's aliases tell of who changed their name, and when that ends (contract)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from listeners.tracking import LONG_AGO, Naming
from webhooks.alias import ONCE, Alias, counting
from webhooks.models import Event
from webhooks.rows import listed, query
from webhooks.whatsapp.identifiers import is_user_id
from webhooks.whatsapp.items import Person
from webhooks.whatsapp.numbers import canonical, spellings

AT_MOST = 5  # old names of a person
_COLUMNS = ", ".join(f"a.{name}" for name in ONCE)
# The aliases of the named, those of the names that they give, and so on; also those of the other
# half of a name that one of them tells, and those that tell since when it was given up.
CHAINS = (
    f"WITH RECURSIVE found ({', '.join(ONCE)}, depth) AS ("  # noqa: S608 (words of ours)
    f"SELECT {_COLUMNS}, 1 FROM webhooks_alias a WHERE a.undone_at IS NULL "
    "AND a.lease_number IN %(lease_number)s "
    "AND (a.number IN %(number)s AND a.number <> '' "
    "OR a.user_id IN %(user_id)s AND a.user_id <> '') "
    f"UNION SELECT {_COLUMNS}, f.depth + 1 FROM found f JOIN webhooks_alias a "
    "ON a.lease_number = f.lease_number "
    "AND (a.number IN (f.previous_number, f.number) AND a.number <> '' "
    "OR a.user_id IN (f.previous_user_id, f.user_id) AND a.user_id <> '' "
    "OR a.previous_number = f.number AND a.previous_number <> '') "
    f"WHERE a.undone_at IS NULL AND f.depth < {2 * AT_MOST}"
    f") SELECT DISTINCT {', '.join(ONCE)} FROM found"
)
# When Meta first named a number beside each user id after a change. The time of receipt, by which
# the index of numbers goes on, leaves the history before the change unread.
NAMED_SINCE = (
    "WITH a (lease_number, number, changed_at, received_after) AS (VALUES {rows}) "
    "SELECT a.lease_number, a.number, a.changed_at, e.person_user_id, MIN(e.occurred_at) "
    "FROM a JOIN webhooks_event e ON e.person_number = a.number "
    "AND e.received_at > a.received_after AND e.lease_number = a.lease_number "
    "AND e.occurred_at > a.changed_at WHERE e.person_user_id <> '' "
    "GROUP BY a.lease_number, a.number, a.changed_at, e.person_user_id"
)
# Which of these user ids Meta had named beside a number before: where a change tells no old user
# id, one of them is the driver's own.
NAMED_BEFORE = (
    "WITH a (lease_number, number, changed_at, user_id) AS (VALUES {rows}) "
    "SELECT a.lease_number, a.number, a.changed_at, a.user_id FROM a WHERE EXISTS ("
    "SELECT 1 FROM webhooks_event e WHERE e.person_user_id = a.user_id "
    "AND e.person_user_id <> '' AND e.person_number <> '' AND e.occurred_at <= a.changed_at "
    "AND e.person_number = a.number AND e.lease_number = a.lease_number)"
)
# By so much an event may be received before it occurred, since Meta's clock is another than ours.
CLOCKS_DIFFER = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """That somebody's name became another one. Numbers are of their spellings the smallest."""

    lease_number: str
    previous: Person
    person: Person
    at: datetime

    @classmethod
    def of(cls, alias: Alias) -> Self:
        """What a row of the ledger tells."""
        return cls(
            lease_number=alias.lease_number,
            previous=alias.previous,
            person=alias.person,
            at=alias.changed_at,
        )

    def leads_to(self, person: Person) -> bool:
        """Whether it made somebody what they are called here."""
        return self._means(self.person, person)

    def leads_from(self, person: Person) -> bool:
        """Whether it gave another name to somebody who was called so."""
        return self._means(self.previous, person)

    def _means(self, name: Person, person: Person) -> bool:
        """By the user id; or by the number, unless it stands beside a stranger's user id."""
        if name.user_id and name.user_id == person.user_id:
            return True
        if not name.number or canonical(person.number) != name.number:
            return False
        known = ("", self.person.user_id, self.previous.user_id)
        return not name.user_id or person.user_id in known or not is_user_id(person.user_id)


# By lease number, number (both `canonical`) and the time of a change the user ids that Meta named
# it with since, and when first.
Since = Mapping[tuple[str, str, datetime], Sequence[tuple[str, datetime]]]


def changes_of(namings: Collection[Naming]) -> list[Change]:
    """What the ledger holds that may concern them: theirs first, the newest before the others."""
    values = {
        "lease_number": {canonical(each.lease_number) for each in namings},
        "number": {canonical(each.person.number) for each in namings},
        "user_id": {each.person.user_id for each in namings},
    }
    sets = {name: tuple(sorted(every)) for name, every in values.items()}
    told = [Alias(**dict(zip(ONCE, row, strict=True))) for row in query(Alias, ONCE, CHAINS, sets)]
    # Of two in one second always the same one comes first.
    return sorted(map(Change.of, counting(told)), key=_age, reverse=True)


def concerning(naming: Naming, leading: Mapping[tuple[str, str], Sequence[Change]]) -> list[Change]:
    """Of changes by lease number and the new name, those that lead to a name, and further back."""
    lease_number = canonical(naming.lease_number)
    names = [canonical(naming.person.number), naming.person.user_id]
    found: set[Change] = set()
    while names:
        more = {*leading.get((lease_number, names.pop()), ())} - found
        found |= more
        names += [
            name
            for change in more
            for person in (change.person, change.previous)
            for name in (person.number, person.user_id)
        ]
    return sorted(found, key=_age, reverse=True)


def _age(change: Change) -> tuple[object, ...]:
    new, old = change.person, change.previous
    return change.at, new.number, new.user_id, old.number, old.user_id


def ended(changes: Collection[Change]) -> Mapping[Change, datetime]:
    """The changes whose old number Meta has named since with somebody else's user id; since when.

    A query, where there are any changes.
    """
    since = named_since(changes)
    ends = {change: _end_of(change, since) for change in changes}
    return {change: at for change, at in ends.items() if at is not None}


def named_since(changes: Collection[Change]) -> Since:
    """With which user ids Meta has named the numbers of these changes since, and when first."""
    asked = {
        (lease_number, number, change.at, max(change.at, LONG_AGO + CLOCKS_DIFFER) - CLOCKS_DIFFER)
        for change in changes
        for lease_number in spellings(change.lease_number)
        for name in (change.previous, change.person)
        for number in spellings(name.number)
    }
    if not asked:
        return {}
    names = ("lease_number", "person_number", "occurred_at")
    rows, values = listed((*names, "received_at"), sorted(asked))
    fields = (*names, "person_user_id", "occurred_at")
    since: dict[tuple[str, str, datetime], list[tuple[str, datetime]]] = {}
    for lease_number, number, changed_at, user_id, at in query(
        Event, fields, NAMED_SINCE.format(rows=rows), values
    ):
        if is_user_id(user_id):
            key = (canonical(lease_number), canonical(number), changed_at)
            since.setdefault(key, []).append((user_id, at))
    return _of_others(since, changes)


def _of_others(since: Since, changes: Collection[Change]) -> Since:
    """Without a driver's own user ids where a change tells none. A query, if any came."""
    untold = {
        (change.lease_number, change.previous.number, change.at)
        for change in changes
        if not change.previous.user_id
    }
    asked = {
        (lease_number, number, key[2], user_id)
        for key in untold & since.keys()
        for user_id, _ in since[key]
        for lease_number in spellings(key[0])
        for number in spellings(key[1])
    }
    if not asked:
        return since
    names = ("lease_number", "person_number", "occurred_at", "person_user_id")
    rows, values = listed(names, sorted(asked))
    own = {
        (canonical(lease_number), canonical(number), changed_at, user_id)
        for lease_number, number, changed_at, user_id in query(
            Event, names, NAMED_BEFORE.format(rows=rows), values
        )
    }
    return {
        key: [(user_id, at) for user_id, at in named if (*key, user_id) not in own]
        for key, named in since.items()
    }


def is_over(change: Change, since: Since, now: datetime) -> bool:
    """Whether the alias has ended by then: Meta has named the old number as somebody else's."""
    end = _end_of(change, since)
    return end is not None and end <= now


def _end_of(change: Change, since: Since) -> datetime | None:
    known = {change.previous.user_id, change.person.user_id}
    return of_another(change.previous.number, change, known, since)


def of_another(
    number: str, change: Change, known: Collection[str], since: Since
) -> datetime | None:
    """When Meta first named the number after the change with none of these user ids, if ever."""
    named = since.get((change.lease_number, number, change.at), ())
    return min((at for user_id, at in named if user_id not in known), default=None)
