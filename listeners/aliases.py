"""Who somebody was before: the chain of names that the ledger's aliases tell (contract).

A person is named by a number, a user id or both, at one lease number.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from listeners.changes import (
    AT_MOST,
    Change,
    Since,
    changes_of,
    concerning,
    is_over,
    named_since,
    of_another,
)
from listeners.tracking import (
    LONG_AGO,
    NOT_YET,
    Candidates,
    Naming,
    Records,
    TrackingRecord,
    candidates,
)
from webhooks.whatsapp.items import Person


@dataclass(frozen=True, kw_only=True, slots=True)
class Former:
    """A name that somebody had until a moment."""

    person: Person
    until: datetime


Chain = Sequence[Former]  # the newest first


def chains(namings: Collection[Naming]) -> Mapping[Naming, Chain]:
    """Who these were before, of those who had another name.

    A query, and two more where there are any.
    """
    changes = changes_of(namings)
    if not changes:
        return {}
    since = named_since(changes)
    leading: dict[tuple[str, str], list[Change]] = {}
    leaving: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        for name in {change.person.number, change.person.user_id} - {""}:
            leading.setdefault((change.lease_number, name), []).append(change)
        leaving.setdefault((change.lease_number, change.previous.number), []).append(change)
    found = {
        naming: _chain(naming, concerning(naming, leading), leaving, since) for naming in namings
    }
    return {naming: chain for naming, chain in found.items() if chain}


def names(chain: Chain) -> frozenset[str]:
    """All that named somebody before, each number in all its spellings."""
    return frozenset[str]().union(*(former.person.names for former in chain))


def former_candidates(
    chain: Chain,
    records: Records,
    *,
    naming: Naming,
    newest_numbers: Mapping[Naming, str],
) -> tuple[Chain, tuple[TrackingRecord, ...]]:
    """The records of the newest old name that has any, if they are older than the change.

    Younger ones are somebody else's, to whom the number was given: there the chain is broken, but
    not by a number that the event itself withholds. Also returns the chain up to there.
    """
    for place, former in enumerate(chain):
        own: Candidates = candidates(
            records.about(naming.lease_number, former.person),
            lease_number=naming.lease_number,
            person=former.person,
            newest_number=newest_numbers.get(replace(naming, person=former.person), ""),
        )
        older = tuple(each for each in own.records if (each.created_at or LONG_AGO) < former.until)
        withheld = not naming.person.number and former.person.user_id == naming.person.user_id
        if older or (own.records and not withheld):
            return chain[: place + 1], older
    return chain, ()


def _chain(
    naming: Naming,
    changes: Sequence[Change],
    leaving: Mapping[tuple[str, str], Sequence[Change]],
    since: Since,
) -> Chain:
    """Goes back from change to change. A cycle ends, since none is gone through twice.

    Where a change tells more of a name than is known of it, the other half is looked for as well:
    a record that carries the new name, though the event withholds it, is the person's own, unless
    they had given that number up before the record was made.
    """
    now = naming.at
    ahead = [change for change in changes if not is_over(change, since, now)]
    chain, user_ids = [Former(person=naming.person, until=NOT_YET)], {naming.person.user_id}
    while len(chain) <= AT_MOST:
        step = next(_steps(ahead, chain), None)
        if step is None:
            break
        place, found = step
        ahead.remove(found)
        user_ids |= {found.previous.user_id, found.person.user_id}
        lost = of_another(found.person.number, found, user_ids, since) or NOT_YET
        more = replace(found.person, number="") if lost <= now else found.person
        chain[place] = _completed(chain[place], more, found, leaving)
        chain.append(Former(person=found.previous, until=found.at))
    return chain[1:] if chain[0].person == naming.person else chain


def _steps(changes: Iterable[Change], chain: Chain) -> Iterator[tuple[int, Change]]:
    """The changes that lead to a name of the chain, and to which."""
    for change in changes:
        for place, name in enumerate(chain):
            if change.at <= name.until and change.leads_to(name.person):
                yield place, change


def _completed(
    name: Former,
    told: Person,
    change: Change,
    leaving: Mapping[tuple[str, str], Sequence[Change]],
) -> Former:
    """A name with what a change tells of it besides; a number, until it was given up."""
    person = name.person
    if not person.user_id:
        person = replace(person, user_id=told.user_id)
    if person.number or not told.number:
        return replace(name, person=person)
    later = leaving.get((change.lease_number, told.number), ())
    given_up = min((each.at for each in later if each.at > change.at), default=NOT_YET)
    return Former(person=replace(person, number=told.number), until=min(name.until, given_up))
