"""Reads what a pass needs: the tracking records of its people, and the messages they mean."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from listeners import aliases
from listeners.firestore.documents import StoredMessage
from listeners.firestore.queries import Lookup
from listeners.firestore.store import Store
from listeners.handlers import message
from listeners.handlers.target import locate
from listeners.tracking import TrackingRecord, numbers_beside
from listeners.workspace import FormerSelf, Named, Workspace
from webhooks.models import Event
from webhooks.outcomes import Reason
from webhooks.rows import query
from webhooks.whatsapp.items import Effect, Item, Person, UnprocessedItem, messages_of
from webhooks.whatsapp.numbers import canonical, spellings

NOBODY = Person()
# Of each number that Meta named beside one of these user ids, when it did so last.
NAMED_TOGETHER = (
    "SELECT person_user_id, lease_number, person_number, MAX(occurred_at) FROM webhooks_event "
    "WHERE person_user_id IN %(person_user_id)s AND person_user_id <> '' "
    "AND person_number <> '' AND occurred_at IS NOT NULL "
    "GROUP BY person_user_id, lease_number, person_number"
)


def load(items: Sequence[Item], *, store: Store) -> Workspace:
    """Reads the tracking records and the messages that the items name. Raises `Unavailable`.

    What finds no record of its own costs a query of the ledger more; where that knows a former
    name, or a message has the reaction of somebody by another name, one of Firestore or the ledger.
    """
    named = {item.changes for item in items}
    about = [
        item for item in items if item.person != NOBODY and not isinstance(item, UnprocessedItem)
    ]
    records, messages, numbers = _read(
        {_lookup(item) for item in about}, message_ids=named - {""}, store=store
    )
    workspace = Workspace(records=records, messages=messages, numbers=numbers)
    former = _former(about, workspace=workspace, store=store)
    if former:
        workspace = Workspace(records=records, messages=messages, numbers=numbers, former=former)
    quoted = {
        item.reply_to
        for item in messages_of(items)
        if message.needs_quoted(item, workspace=workspace)
    }
    if quoted - named:
        _, messages_quoted = store.load(lookups=(), message_ids=quoted - named)
        messages += messages_quoted
        workspace = Workspace(records=records, messages=messages, numbers=numbers, former=former)
    return workspace


def _lookup(item: Item) -> Lookup:
    return Lookup(lease_number=item.lease_number, person=item.person)


def _read(
    lookups: Collection[Lookup], *, message_ids: Collection[str], store: Store
) -> tuple[list[TrackingRecord], list[StoredMessage], Mapping[tuple[str, str], str]]:
    """The records of these people, the messages, and the numbers that Meta named last."""
    records, messages = store.load(lookups=lookups, message_ids=message_ids)
    beside = _beside(records, lookups)
    numbers = _newest_numbers(beside) if beside else {}
    others = set(_lookups(beside, numbers))
    if others:
        known = {(each.lease_number, each.document_id) for each in records}
        more, _ = store.load(lookups=others, message_ids=())
        records += [each for each in more if (each.lease_number, each.document_id) not in known]
    return records, messages, numbers


def _former(
    items: Sequence[Item], *, workspace: Workspace, store: Store
) -> Mapping[Named, FormerSelf]:
    """Who they were before, of those who have no record, or react beside somebody unknown."""
    missing = {_lookup(item) for item in items if not workspace.candidates(item).records}
    strangers = {_lookup(item) for item in items if _beside_stranger(item, workspace=workspace)}
    wanted = missing | strangers
    chains = aliases.chains(wanted) if wanted else {}
    if not chains:
        return {}
    old = {
        Lookup(lease_number=lookup.lease_number, person=former.person)
        for lookup, chain in chains.items()
        if lookup in missing
        for former in chain
    }
    records, _, numbers = _read(old, message_ids=(), store=store) if old else ([], [], {})
    return {
        (lookup.lease_number, lookup.person): FormerSelf(
            names=aliases.names(chain),
            records=aliases.former_candidates(
                chain, records, lease_number=lookup.lease_number, newest_numbers=numbers
            ),
        )
        for lookup, chain in chains.items()
    }


def _beside_stranger(item: Item, *, workspace: Workspace) -> bool:
    """Whether somebody has reacted to the same message who may be the item's person by old name."""
    if item.kind.effect is not Effect.CHANGES_TARGET:
        return False
    target = locate(item, message_id=item.changes, workspace=workspace)
    if isinstance(target, Reason):
        return False
    return not target.names.issuperset(target.message.reacting)


def _beside(
    records: Collection[TrackingRecord], lookups: Iterable[Lookup]
) -> Mapping[Lookup, frozenset[str]]:
    """The numbers that stand beside the user ids of those whose number Meta withholds."""
    found = {
        lookup: numbers_beside(
            records, lease_number=lookup.lease_number, user_id=lookup.person.user_id
        )
        for lookup in lookups
        if not lookup.person.number
    }
    return {lookup: numbers for lookup, numbers in found.items() if numbers}


def _newest_numbers(lookups: Collection[Lookup]) -> Mapping[tuple[str, str], str]:
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


def _lookups(
    beside: Mapping[Lookup, frozenset[str]], newest: Mapping[tuple[str, str], str]
) -> Iterator[Lookup]:
    """What finds the records of the numbers that may still be the person's."""
    for lookup, numbers in beside.items():
        last = newest.get((canonical(lookup.lease_number), lookup.person.user_id), "")
        for number in numbers:
            if not last or last in spellings(number):
                yield Lookup(lease_number=lookup.lease_number, person=Person(number=number))
