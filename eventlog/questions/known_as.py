"""The other names of an event's driver, before it and since, as aliases tell them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from listeners.changes import AT_MOST, Change, ended
from webhooks.alias import Alias, counting, undone_with
from webhooks.models import Event
from webhooks.whatsapp.items import Person
from webhooks.whatsapp.numbers import canonical


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What has become of an alias."""

    undone: Alias | None  # by which it counts for nothing: itself, or one of the same change
    ended_at: datetime | None  # since then the old number is somebody else's

    @property
    def counts(self) -> bool:
        """Whether the flow goes by it."""
        return self.undone is None and self.ended_at is None


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownAs:
    """Another name of a driver: what they were called until a change, or since it."""

    alias: Alias
    person: Person
    before: bool  # they had it until the change; otherwise since
    standing: Standing


def known_as(event: Event) -> list[KnownAs]:
    """The names before the event's, the newest first, and those after it, the oldest first.

    Also those of aliases that count no more; what lies behind these is left out.
    """
    rows = _connected(event)
    if not rows:
        return []
    known = standings(rows)
    return [*_names(event, rows, known, before=True), *_names(event, rows, known, before=False)]


def standings(rows: Sequence[Alias]) -> Mapping[int, Standing]:
    """What has become of each alias, by its key. Two queries."""
    ends = ended([Change.of(row) for row in rows])
    return {
        row.pk: Standing(undone=undone, ended_at=ends.get(Change.of(row)))
        for row, undone in zip(rows, undone_with(rows), strict=True)
    }


def other_names(event: Event) -> list[Person]:
    """The names that lead to the same person, and to no other, as far as is known."""
    return [each.person for each in known_as(event) if each.standing.counts]


def names_beside(name: Person) -> Iterator[Person]:
    """The names of those who had, or have got, this number or user id; the newest first."""
    named = _named({canonical(name.number)}, {name.user_id})
    rows = Alias.objects.filter(named, undone_at=None)
    for row in counting(rows.order_by("-pk")[:AT_MOST]):
        yield from (row.person, row.previous)


def touching(people: Iterable[Person]) -> Q:
    """Aliases that one of these names is told by, on either side."""
    known = [*people]
    return _named({canonical(each.number) for each in known}, {each.user_id for each in known})


def opened_by_aliases(events: Collection[Event]) -> dict[int, set[datetime]]:
    """When aliases opened each of these events again, by event."""
    people = {(each.lease_number, each.person_number, each.person_user_id): each for each in events}
    aliases = {alias.pk: alias for each in people.values() for alias in _connected(each)}
    keys = {each.pk for each in events}
    moments: dict[int, set[datetime]] = {}
    for alias in aliases.values():
        for key in keys.intersection(alias.reopened):
            if alias.looked_back_at is not None:
                moments.setdefault(key, set()).add(alias.looked_back_at)
    return moments


def _names(
    event: Event, rows: Iterable[Alias], known: Mapping[int, Standing], *, before: bool
) -> Sequence[KnownAs]:
    """Goes from change to change, in one direction of time."""
    ahead = sorted(rows, key=lambda row: (row.changed_at, row.pk), reverse=before)
    names: list[KnownAs] = []
    while len(names) < AT_MOST:
        found = next((row for row in ahead if _follows(row, event, names, before=before)), None)
        if found is None:
            break
        ahead.remove(found)
        person = found.previous if before else found.person
        standing = known[found.pk]
        names.append(KnownAs(alias=found, person=person, before=before, standing=standing))
    return names


def _follows(row: Alias, event: Event, names: Iterable[KnownAs], *, before: bool) -> bool:
    """Whether a change leads from or to the event's name, or one that was found by such."""
    change = Change.of(row)
    joins = change.leads_to if before else change.leads_from
    own = Person(number=event.person_number, user_id=event.person_user_id)
    return joins(own) or any(
        joins(each.person) and _in_turn(change, each) for each in names if each.standing.counts
    )


def _in_turn(change: Change, name: KnownAs) -> bool:
    at = name.alias.changed_at
    return change.at <= at if name.before else change.at >= at


def _connected(event: Event) -> list[Alias]:
    """All aliases that may tell of the event's person: one query, and more where there are any."""
    here = Alias.objects.filter(lease_number=canonical(event.lease_number))
    numbers, user_ids = {canonical(event.person_number)}, {event.person_user_id}
    found: dict[int, Alias] = {}
    for _ in range(AT_MOST):
        more = list(here.filter(_named(numbers, user_ids)).exclude(pk__in=found))
        if not more:
            break
        found |= {row.pk: row for row in more}
        for row in more:
            numbers |= {row.number, row.previous_number}
            user_ids |= {row.user_id, row.previous_user_id}
    return list(found.values())


def _named(numbers: Iterable[str], user_ids: Iterable[str]) -> Q:
    """Aliases that one of these is a name of, on either side."""
    some_numbers, some_ids = sorted({*numbers} - {""}), sorted({*user_ids} - {""})
    condition = Q(pk__in=())
    for field, values in (("number", some_numbers), ("user_id", some_ids)):
        if values:
            condition |= Q((f"{field}__in", values)) | Q((f"previous_{field}__in", values))
    return condition
