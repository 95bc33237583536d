"""Finds out whether those who react to one message by several names are the same person."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from listeners.changes import AT_MOST, Change
from listeners.firestore.queries import Lookup
from listeners.firestore.store import Reads
from listeners.handlers.target import locate, unreachable
from listeners.sameness import Facts, joined, names_of_change, names_of_record
from listeners.seen import Together, together
from listeners.tracking import LONG_AGO, TrackingRecord
from listeners.workspace import Workspace
from visn_whatsapp.untrusted import is_digits
from webhooks.alias import Alias, counting
from webhooks.outcomes import Reason
from webhooks.whatsapp.identifiers import is_user_id
from webhooks.whatsapp.items import Effect, Item, Person
from webhooks.whatsapp.numbers import canonical, spellings
from webhooks.whatsapp.wamids import key_of

_LONGEST_NUMBER = 32  # digits, as the ledger has them
_NAMES_OF_ALIAS = ("number", "user_id", "previous_number", "previous_user_id")


@dataclass(frozen=True, kw_only=True, slots=True)
class Company:
    """An item, its person's names, and who else has to do with its message, and when they had."""

    item: Item
    names: frozenset[str]  # numbers here and below are of their spellings the smallest
    strangers: Mapping[str, datetime]

    @property
    def moments(self) -> Mapping[str, datetime]:
        """When somebody acted under each name."""
        return {**self.strangers, **dict.fromkeys(self.names, self.item.occurred_at or LONG_AGO)}


def join(
    items: Sequence[Item], *, workspace: Workspace, store: Reads
) -> dict[int, Collection[str]]:
    """What else names the items' people, by position, where others have reacted beside them.

    That is who has reacted before, or does so in this pass, by a name that neither the item nor
    the records tell to be its person's. Costs nothing where there is nobody; otherwise the ledger
    and Firestore are asked until they know no further names. Raises `Unavailable`.
    """
    return names_beside(list(_in_company(items, workspace=workspace)), store=store)


def names_beside(every: Collection[Company], *, store: Reads) -> dict[int, Collection[str]]:
    """By the items' positions, all names of their people. Asks as `join` does."""
    by_lease: dict[str, list[Company]] = {}
    for each in every:
        by_lease.setdefault(canonical(each.item.lease_number), []).append(each)
    return {
        each.item.position: [
            form for name in joined(each.names, each.moments, facts) for form in spellings(name)
        ]
        for lease_number, here in by_lease.items()
        for facts in [_facts(lease_number, here, store=store)]
        for each in here
    }


def company(item: Item, people: Iterable[Person], *, workspace: Workspace) -> Company | None:
    """An item beside people who may be its person as well; None where they are known to be."""
    names = _canonical(workspace.names(item))
    others = {
        name: item.occurred_at or LONG_AGO
        for person in people
        for known in [_canonical(person.names)]
        if not known & names
        for name in known
    }
    return Company(item=item, names=names, strangers=others) if others else None


def _in_company(items: Iterable[Item], *, workspace: Workspace) -> Iterator[Company]:
    reactions: dict[tuple[str, str], list[Item]] = {}
    for item in items:
        changes = item.kind.effect is Effect.CHANGES_TARGET
        if changes and unreachable(item, workspace=workspace) is None:
            message = key_of(item.changes) or item.changes
            reactions.setdefault((canonical(item.lease_number), message), []).append(item)
    for beside in reactions.values():
        yield from _beside_strangers(beside, workspace=workspace)


def _beside_strangers(items: Sequence[Item], *, workspace: Workspace) -> Iterator[Company]:
    """Of the reactions to one message those that are not alone on it."""
    several = len({item.person for item in items}) > 1
    names = {item.position: _canonical(workspace.names(item)) for item in items if several}
    acting = {
        name: item.occurred_at or LONG_AGO
        for item in items
        for name in filter(_is_name, names.get(item.position, ()))
    }
    for item in items:
        reacting = {**acting, **_reacted(item, workspace=workspace)}
        own = names.get(item.position) or _canonical(workspace.names(item) if reacting else ())
        strangers = {name: at for name, at in reacting.items() if name not in own}
        if strangers:
            yield Company(item=item, names=own, strangers=strangers)


def _reacted(item: Item, *, workspace: Workspace) -> Mapping[str, datetime]:
    """Who has reacted to the item's message before, and when."""
    target = locate(item, message_id=item.changes, workspace=workspace)
    if isinstance(target, Reason):
        return {}
    return {canonical(name): at for name, at in target.message.reacting.items() if _is_name(name)}


def _canonical(names: Iterable[str]) -> frozenset[str]:
    return frozenset(canonical(name) for name in names)


def _is_name(word: str) -> bool:
    """Whether the ledger may know it; others write to chats as well."""
    return is_user_id(word) or (is_digits(word) and len(word) <= _LONGEST_NUMBER)


def _facts(lease_number: str, every: Collection[Company], *, store: Reads) -> Facts:
    """All that is known of these names, of those that this tells, and so on."""
    seen: list[Together] = []
    changes: list[Change] = []
    records: list[TrackingRecord] = []
    known: set[str] = set()
    ahead = set(filter(_is_name, {name for each in every for name in each.moments}))
    for _ in range(AT_MOST):
        if not ahead:
            break
        known |= ahead
        seen += [each for each in together(ahead) if each.lease_number == lease_number]
        changes += _changes(ahead, lease_number=lease_number)
        lookups = {Lookup(lease_number=lease_number, person=_person(name)) for name in ahead}
        records += store.load(lookups=lookups, message_ids=())[0]
        told = {name for each in seen for name in (each.number, each.user_id)}
        told.update(*map(names_of_change, changes), *map(names_of_record, records))
        ahead = {name for name in told - known if _is_name(name)}
    return Facts.of(seen, changes, records)


def _changes(names: Collection[str], *, lease_number: str) -> list[Change]:
    """What aliases tell of these names, whichever way they lead."""
    told = Q()
    for field in _NAMES_OF_ALIAS:
        told |= Q(**{f"{field}__in": sorted(names)})
    aliases = Alias.objects.filter(told, lease_number=lease_number, undone_at=None)
    return [Change.of(alias) for alias in counting(aliases)]


def _person(name: str) -> Person:
    return Person(user_id=name) if is_user_id(name) else Person(number=name)
