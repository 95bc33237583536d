"""Reads what a pass needs: the tracking records of its people, and the messages they mean."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from listeners import aliases
from listeners.firestore.documents import StoredMessage
from listeners.firestore.queries import Lookup
from listeners.firestore.store import Reads
from listeners.handlers import message
from listeners.joining import company, join, names_beside
from listeners.seen import SeenId, newest_numbers, other_ids
from listeners.tracking import Naming, Records
from listeners.workspace import FormerSelf, Workspace
from webhooks.whatsapp.items import Item, Person, UnprocessedItem, messages_of
from webhooks.whatsapp.numbers import spellings

NOBODY = Person()


def load(items: Sequence[Item], *, store: Reads) -> Workspace:
    """Reads the tracking records and the messages that the items name. Raises `Unavailable`.

    What finds no record of its own costs a query of the ledger more, and where that knows a former
    name, one of Firestore. Where people by other names react to one message, see `join`.
    """
    named = {item.changes for item in items} - {""}
    about = [
        item for item in items if item.person != NOBODY and not isinstance(item, UnprocessedItem)
    ]
    namings = {Naming.of(item) for item in about}
    records, messages, numbers = _read(namings, message_ids=named, store=store)
    make = partial(Workspace, records=records, numbers=numbers)
    workspace = make(messages=messages)
    former = _former(about, workspace=workspace, store=store)
    if former:
        make = partial(make, former=former)
        workspace = make(messages=messages)
    quoted = _quoted(items, workspace=workspace)
    if quoted - named:
        messages += store.load(lookups=(), message_ids=quoted - named)[1]
        workspace = make(messages=messages)
    others = _other_ids(about, messages, quoted=quoted, workspace=workspace, store=store)
    if others:
        messages += store.load(lookups=(), message_ids=frozenset().union(*others.values()))[1]
        make = partial(make, other_ids=others)
        workspace = make(messages=messages)
    joined = join(about, workspace=workspace, store=store)
    return make(messages=messages, joined=joined) if joined else workspace


def _quoted(items: Iterable[Item], *, workspace: Workspace) -> set[str]:
    """The quoted messages that are needed to tell which chat is meant."""
    return {
        item.reply_to
        for item in messages_of(items)
        if message.needs_quoted(item, workspace=workspace)
    }


def _read(
    namings: Collection[Naming], *, message_ids: Collection[str], store: Reads
) -> tuple[Records, list[StoredMessage], Mapping[Naming, str]]:
    """The records of these people, the messages, and the numbers that Meta had named last."""
    lookups = {Lookup(lease_number=each.lease_number, person=each.person) for each in namings}
    records, messages = store.load(lookups=lookups, message_ids=message_ids)
    found = Records(records)
    beside = _beside(found, namings)
    numbers = newest_numbers(beside) if beside else {}
    others = set(_lookups(beside, numbers))
    if others:
        known = {(each.lease_number, each.document_id) for each in records}
        more, _ = store.load(lookups=others, message_ids=())
        records += [each for each in more if (each.lease_number, each.document_id) not in known]
        found = Records(records)
    return found, messages, numbers


def _former(
    items: Sequence[Item], *, workspace: Workspace, store: Reads
) -> Mapping[Naming, FormerSelf]:
    """Who they were before, of those who have no record."""
    missing = {Naming.of(item) for item in items if not workspace.candidates(item).records}
    chains = aliases.chains(missing) if missing else {}
    if not chains:
        return {}
    old = {
        replace(naming, person=former.person)
        for naming, chain in chains.items()
        for former in chain
    }
    records, _, numbers = _read(old, message_ids=(), store=store)
    found = {
        naming: aliases.former_candidates(chain, records, naming=naming, newest_numbers=numbers)
        for naming, chain in chains.items()
    }
    return {
        naming: FormerSelf(names=aliases.names(chain), records=own)
        for naming, (chain, own) in found.items()
    }


def _other_ids(
    items: Sequence[Item],
    messages: Collection[StoredMessage],
    *,
    quoted: Collection[str],
    workspace: Workspace,
    store: Reads,
) -> dict[int, frozenset[str]]:
    """By position of the items whose message is not there by its id: its other ids.

    Those that Meta named to the item's person, by whichever of their names (see `join`).
    """
    known = {each.message.message_id for each in messages}
    made = {item.message_id for item in messages_of(items)}
    wanted = {
        item.position: (item, meant)
        for item in items
        if (meant := item.changes or (item.refers_to if item.refers_to in quoted else ""))
        and meant not in known
        and meant not in made
        and workspace.candidates(item).active
    }
    seen = other_ids({meant for _, meant in wanted.values()})
    found = {
        position: [
            each
            for each in seen.get(meant, ())
            if each.lease_number in spellings(item.lease_number)
        ]
        for position, (item, meant) in wanted.items()
    }
    names = _names_beside([item for item, _ in wanted.values()], found, workspace, store=store)
    ids = {
        position: frozenset(
            each.message_id for each in every if each.person.names & names[position]
        )
        for position, every in found.items()
    }
    return {position: every for position, every in ids.items() if every}


def _names_beside(
    items: Sequence[Item],
    seen: Mapping[int, Collection[SeenId]],
    workspace: Workspace,
    *,
    store: Reads,
) -> Mapping[int, frozenset[str]]:
    """By position all names of the items' people, as far as others of those may be theirs."""
    beside = (
        company(item, [each.person for each in seen[item.position]], workspace=workspace)
        for item in items
    )
    joined = names_beside([each for each in beside if each is not None], store=store)
    return {
        item.position: workspace.names(item).union(joined.get(item.position, ())) for item in items
    }


def _beside(records: Records, namings: Iterable[Naming]) -> Mapping[Naming, frozenset[str]]:
    """The numbers that stand beside the user ids of those whose number Meta withholds."""
    found = {
        naming: records.numbers_beside(naming.lease_number, naming.person.user_id)
        for naming in namings
        if not naming.person.number
    }
    return {naming: numbers for naming, numbers in found.items() if numbers}


def _lookups(
    beside: Mapping[Naming, frozenset[str]], newest: Mapping[Naming, str]
) -> Iterator[Lookup]:
    """What finds the records of the numbers that may still be the person's."""
    for naming, numbers in beside.items():
        last = newest.get(naming, "")
        for number in numbers:
            if not last or last in spellings(number):
                yield Lookup(lease_number=naming.lease_number, person=Person(number=number))
