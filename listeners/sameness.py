"""Which names are one person's at one lease number, by all that is known of them (decision 30).

A name is a number, in the smallest of its spellings, or a user id.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from listeners.changes import Change
from listeners.seen import Together
from listeners.tracking import LONG_AGO, TrackingRecord
from webhooks.whatsapp.identifiers import is_user_id
from webhooks.whatsapp.numbers import canonical

Fact = TypeVar("Fact")
Moment = Callable[[str], datetime]  # when somebody acted under a name


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What is known of names at a lease number, each by every name that it tells something of."""

    together: Mapping[str, Collection[Together]]
    changes: Mapping[str, Collection[Change]]
    records: Mapping[str, Collection[TrackingRecord]]

    @classmethod
    def of(
        cls,
        together: Iterable[Together],
        changes: Iterable[Change],
        records: Iterable[TrackingRecord],
    ) -> "Facts":
        """Sorts them by name."""
        return cls(
            together=_by_name(together, lambda each: (each.number, each.user_id)),
            changes=_by_name(changes, names_of_change),
            records=_by_name(records, names_of_record),
        )


def joined(names: Collection[str], moments: Mapping[str, datetime], facts: Facts) -> frozenset[str]:
    """All names of the person who has these, as far as the facts tell.

    `moments` says of each name when somebody acted under it, at least of those that are given: a
    number may have been somebody else's at another time, so what is known of it is judged then.
    Of another name that is when the person acted who is looked for.
    """
    of_person = max(moments[name] for name in names)
    found, ahead = set(names), list(names)
    while ahead:
        name = ahead.pop()
        tied = set(_tied(name, lambda each: moments.get(each, of_person), facts)) - found
        found |= tied
        ahead += tied
    return frozenset(found)


def names_of_record(record: TrackingRecord) -> Collection[str]:
    """The names of a tracking record's driver."""
    return [name for name in (canonical(record.driver_number), record.driver_user_id) if name]


def names_of_change(change: Change) -> Collection[str]:
    """The names that a change tells of."""
    people = (change.previous, change.person)
    return {name for person in people for name in (person.number, person.user_id) if name}


def _tied(name: str, moment: Moment, facts: Facts) -> Iterator[str]:
    """The names that are one person's with this one, directly."""
    for each in facts.together.get(name, ()):
        at = moment(each.number)
        if _belong(each.number, each.user_id, at, facts) and _user_ids(each.number, at, facts):
            yield from (each.number, each.user_id)
    for record in facts.records.get(name, ()):
        number, user_id = canonical(record.driver_number), record.driver_user_id
        if number and is_user_id(user_id) and _belong(number, user_id, moment(number), facts):
            yield from (number, user_id)
    for change in facts.changes.get(name, ()):
        names = set(_of_one_person(change, moment, facts))
        if name in names:
            yield from names


def _belong(number: str, user_id: str, at: datetime, facts: Facts) -> bool:
    """Whether nobody else had one of the two then, as far as Meta has said."""
    return _user_ids(number, at, facts) <= {user_id} and _numbers(user_id, at, facts) <= {number}


def _user_ids(number: str, at: datetime, facts: Facts) -> set[str]:
    """Whose a number was then, by what Meta said while it was in the same hands."""
    changes = facts.changes.get(number, ())
    came = [each.at for each in changes if each.at <= at and _comes(number, each, facts)]
    left = [each.at for each in changes if each.at >= at and each.previous.number == number]
    meant = [
        each
        for each in facts.together.get(number, ())
        if each.last >= max(came, default=each.last) and each.first <= min(left, default=each.first)
    ]
    return {each.user_id for each in _last(meant, at)}


def _comes(number: str, change: Change, facts: Facts) -> bool:
    """Whether somebody has the number since a change who did not have it before."""
    return change.person.number == number or _given(number, change, facts)


def _numbers(user_id: str, at: datetime, facts: Facts) -> set[str]:
    return {each.number for each in _last(facts.together.get(user_id, ()), at)}


def _last(every: Collection[Together], at: datetime) -> list[Together]:
    """What Meta said last until a moment, or where it had said nothing yet, first after it."""
    said = [each for each in every if each.first <= at]
    if not said:
        first = min((each.first for each in every), default=at)
        return [each for each in every if each.first == first]
    last = max(min(each.last, at) for each in said)
    return [each for each in said if min(each.last, at) == last]


def _of_one_person(change: Change, moment: Moment, facts: Facts) -> Iterator[str]:
    """The names that a change has joined, without the numbers that are somebody else's."""
    user_ids = {change.previous.user_id, change.person.user_id} - {""}
    yield from user_ids
    old, new = change.previous.number, change.person.number
    had = user_ids or _user_ids(old, change.at, facts)
    lost = _given(old, change, facts) or _is_of_another(old, change, moment(old), had, facts)
    if old and not lost:
        yield old
    # Where the change tells no user id, whoever has the new number since is who has changed.
    if new and not (user_ids and _is_of_another(new, change, moment(new), user_ids, facts)):
        yield new


def _is_of_another(
    number: str, change: Change, at: datetime, user_ids: Collection[str], facts: Facts
) -> bool:
    """Whether Meta had named a number with somebody else's user id by then; of a moment after the
    change only what was said since counts.
    """
    if at <= change.at:
        return bool(user_ids) and not _user_ids(number, at, facts) <= set(user_ids)
    return any(
        each.last > change.at and each.first <= at and each.user_id not in user_ids
        for each in facts.together.get(number, ())
    )


def _given(number: str, change: Change, facts: Facts) -> bool:
    """Whether the records with an old number are all younger than the change: somebody else's."""
    if change.previous.number != number:
        return False
    own = [
        each for each in facts.records.get(number, ()) if canonical(each.driver_number) == number
    ]
    return bool(own) and all((each.created_at or LONG_AGO) >= change.at for each in own)


def _by_name(
    every: Iterable[Fact], names: Callable[[Fact], Collection[str]]
) -> Mapping[str, list[Fact]]:
    found: dict[str, list[Fact]] = {}
    for each in every:
        for name in names(each):
            found.setdefault(name, []).append(each)
    return found
