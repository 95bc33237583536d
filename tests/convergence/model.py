"""The contract's rules as plainly as they can be said: a world and a set of events → documents.

It looks at all events at once, in no order, and imports nothing of the code that it judges.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from tests.convergence.world import (
    AFTERWARDS,
    Changed,
    Chat,
    Item,
    Named,
    Photo,
    Reaction,
    Record,
    Status,
    Text,
    World,
    digits,
    message_path,
    moment,
    spelled,
    tells,
)

RANKS = {word: rank for rank, word in enumerate(("sent", "failed", "delivered", "read", "played"))}
LOWEST = -1

Fields = dict[str, Any]


class Fate(StrEnum):
    """What becomes of an event in the end (contract: Which chat, and the rules)."""

    APPLIED = "applied"
    IGNORED = "ignored"
    NO_ACTIVE_TRACKING = "no_active_tracking"
    ENQUIRY_NOT_FOUND = "enquiry_not_found"
    MESSAGE_NOT_FOUND = "message_not_found"


@dataclass(kw_only=True)
class Documents:
    """The documents that events may change, by path, `receivedAt` aside."""

    messages: dict[str, Fields] = field(default_factory=dict)
    unread: dict[str, int | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A message of a chat and where it is stored."""

    chat: Chat
    path: str
    fields: Fields


def documents(world: World, items: Collection[Item]) -> Documents:
    """What the chats hold once every event has been applied (contract: all rules)."""
    world = _told(world, items)
    messages = {outbound.wamid: _outbound(world, outbound.wamid) for outbound in world.outbound}
    unread = {chat.enquiry: count for chat, count in world.enquiries.items()}
    for text, chat in placed(world, items).values():
        messages[text.wamid] = Message(
            chat=chat, path=message_path(chat, text.wamid), fields=_text_fields(text)
        )
        unread[chat.enquiry] = (unread[chat.enquiry] or 0) + 1
    for wamid, message in messages.items():
        statuses = [item for item in items if isinstance(item, Status) and item.wamid == wamid]
        _apply_statuses(message, [each for each in statuses if _reaches(world, each, message)])
        reactions = [
            item
            for item in items
            if isinstance(item, Reaction) and meant(world, items, item) == wamid
        ]
        _apply_reactions(world, message, [r for r in reactions if _reaches(world, r, message)])
    fields = {message.path: message.fields for message in messages.values()}
    return Documents(messages=fields, unread=unread)


def fate(world: World, items: Collection[Item], item: Item) -> Fate:
    """What becomes of one of the items."""
    if isinstance(item, Photo | Changed):
        return Fate.IGNORED
    world = _told(world, items)
    records = candidates(world, item)
    if not any(record.active for record in records):
        return Fate.NO_ACTIVE_TRACKING
    texts = placed(world, items)
    if isinstance(item, Text):
        return Fate.APPLIED if item.wamid in texts else Fate.ENQUIRY_NOT_FOUND
    chats = {outbound.wamid: outbound.chat for outbound in world.outbound}
    chats |= {wamid: chat for wamid, (_, chat) in texts.items()}
    target = meant(world, items, item) if isinstance(item, Reaction) else item.wamid
    found = chats.get(target) in {record.chat for record in records}
    return Fate.APPLIED if found else Fate.MESSAGE_NOT_FOUND


def meant(world: World, items: Collection[Item], reaction: Reaction) -> str:
    """The id under which the message of a reaction is stored, as far as Meta named it so.

    Named to the same person, by the same lease number, while the reaction waited for its message
    (contract: A message id).
    """
    stored = next((each.wamid for each in world.outbound if each.twin == reaction.target), "")
    known = any(
        stored in named(item)
        and item.second < AFTERWARDS
        and item.lease_number in spelled(reaction.lease_number)
        and ((spelled(item.driver.number) | {item.driver.user_id}) & names(world, reaction))
        for item in items
    )
    return stored if known else reaction.target


def named(item: Item) -> set[str]:
    """The messages that an item names: its own, or those that it changes or quotes."""
    match item:
        case Text():
            return {item.wamid, item.reply_to} - {""}
        case Reaction():
            return {item.target}
        case Status():
            return {item.wamid}
    return set()


def _told(world: World, items: Iterable[Item]) -> World:
    """The world with what WhatsApp has said of its people."""
    changes = tuple(item for item in items if isinstance(item, Changed))
    return replace(world, changes=changes, told=tuple(item for item in items if tells(item)))


def candidates(world: World, item: Item) -> list[Record]:
    """The tracking records of the lease number and the driver (contract: Which chat).

    Where none has the name, those of the name that they had before; it has to be that old.
    """
    own = _records_of(world, item)
    changes = [
        change
        for change in world.changes
        if change.lease_number in spelled(item.lease_number)
        and _is_named(item.driver, change.now)
        and not _is_over(world, change, item)
    ]
    if own or not changes:
        return own
    newest = max(changes, key=lambda change: change.second)
    before = _records_of(world, replace(newest, second=item.second))
    return [record for record in before if record.created_second < newest.second]


def _is_named(one: Named, other: Named) -> bool:
    return bool(
        (spelled(one.number) & spelled(other.number)) | ({one.user_id} & {other.user_id} - {""})
    )


def _told_until(world: World, item: Item) -> list[Item]:
    """What WhatsApp says of a number and a user id, there and not later than an item."""
    return [
        each
        for each in world.told
        if each.lease_number in spelled(item.lease_number)
        and each.named.number
        and each.named.user_id
        and each.second <= item.second
    ]


def _is_over(world: World, change: Changed, item: Item) -> bool:
    """Whether the old number was somebody else's by then."""
    return any(
        each.second > change.second
        and each.named.number in spelled(change.driver.number)
        and each.named.user_id not in {change.driver.user_id, change.now.user_id}
        for each in _told_until(world, item)
    )


def _was_given_away(world: World, record: Record, item: Item) -> bool:
    """Whether somebody with the user id had another number than the record's by then, at last."""
    user_id = item.driver.user_id
    told = [each for each in _told_until(world, item) if each.named.user_id == user_id]
    if not told or not record.number:
        return False
    last = max(told, key=lambda each: (each.second, each.named.number))
    return digits(record.number) not in spelled(last.named.number)


def _records_of(world: World, item: Item) -> list[Record]:
    driver = item.driver
    here = [each for each in world.records if each.lease_number in spelled(item.lease_number)]
    numbers = spelled(driver.number)
    named = [each for each in here if driver.user_id and each.user_id == driver.user_id]
    if not numbers:
        named = [each for each in named if not _was_given_away(world, each, item)]
        for record in named:
            numbers |= spelled(digits(record.number))
        own = [each for each in here if each in named or digits(each.number) in numbers]
    else:
        own = [
            each
            for each in here
            if digits(each.number) in numbers or (each in named and not each.number)
        ]
    return sorted(
        own,
        key=lambda record: (
            not record.active,
            -record.updated_second,
            -record.created_second,
            record.document_id,
            record.lease_number,
        ),
    )


def placed(world: World, items: Collection[Item]) -> dict[str, tuple[Text, Chat]]:
    """The chat of each text that gets one, by Meta's id (contract: Which chat, A text)."""
    texts = {item.wamid: item for item in items if isinstance(item, Text)}
    chats: dict[str, Chat | None] = {outbound.wamid: outbound.chat for outbound in world.outbound}

    def chat_of(wamid: str) -> Chat | None:
        """The chat that holds a message in the end; None if no chat does."""
        if wamid not in chats:
            chat = _choose(world, texts[wamid], chat_of) if wamid in texts else None
            chats[wamid] = chat if chat in world.enquiries else None
        return chats[wamid]

    found = {wamid: (text, chat_of(wamid)) for wamid, text in texts.items()}
    return {wamid: (text, chat) for wamid, (text, chat) in found.items() if chat is not None}


def _choose(world: World, text: Text, chat_of: Any) -> Chat | None:
    chats = [record.chat for record in candidates(world, text) if record.active]
    quoted = chat_of(text.reply_to) if text.reply_to and len(set(chats)) > 1 else None
    return quoted if quoted in chats else next(iter(chats), None)


def _reaches(world: World, item: Item, message: Message) -> bool:
    """Whether a status or reaction finds the message among the chats of its driver."""
    return _is_in_reach(world, item, message.chat)


def _is_in_reach(world: World, item: Item, chat: Chat) -> bool:
    records = candidates(world, item)
    return any(record.active for record in records) and any(
        record.chat == chat for record in records
    )


def _outbound(world: World, wamid: str) -> Message:
    outbound = next(each for each in world.outbound if each.wamid == wamid)
    return Message(
        chat=outbound.chat,
        path=f"{outbound.chat.messages}/{outbound.document_id}",
        fields={**outbound.fields, "whatsappMessageId": wamid},
    )


def _text_fields(text: Text) -> Fields:
    fields: Fields = {
        "whatsappMessageId": text.wamid,
        "source": "driver",
        "type": "text",
        "message": text.body,
        "to": text.lease_number,
        "createdAt": moment(text.second),
        "status": "received",
    }
    optional = {
        "from": text.driver.number,
        "fromUserId": text.driver.user_id,
        "profileName": text.driver.name,
        "replyTo": text.reply_to,
        "forwarded": text.forwarded,
    }
    return fields | {name: value for name, value in optional.items() if value}


def _apply_statuses(message: Message, statuses: Sequence[Status]) -> None:
    """The greatest status, the earliest time of each, the errors of the earliest failure."""
    if not statuses:
        return
    fields = message.fields
    words = [status.word for status in statuses]
    words.append(str(fields.get("status")))
    times = dict(fields.get("statusTimestamps", {}))
    fields["status"] = max([*words, *times], key=lambda word: RANKS.get(word, LOWEST))
    for status in statuses:
        at = moment(status.second)
        times[status.word] = min(at, times.get(status.word, at))
    fields["statusTimestamps"] = times
    failures = [status for status in statuses if status.word == "failed"]
    if failures:
        first = min(failures, key=lambda failed: (failed.second, canonical(failed.errors)))
        fields["errors"] = list(first.errors)


def canonical(value: object) -> str:
    """Canonical JSON."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _apply_reactions(world: World, message: Message, reactions: Iterable[Reaction]) -> None:
    """Of each person the newest reaction or removal, in the order (at, removed, id)."""
    newest = {
        person(world, last, message.chat): last for last in _newest_of_each_person(world, reactions)
    }
    if not newest:
        return
    message.fields["reactions"] = sorted(
        (_reaction_fields(name, each) for name, each in newest.items() if not each.removed),
        key=lambda fields: (fields["reactedAt"], fields["from"]),
    )
    message.fields["reactionClock"] = {
        name: {"at": moment(each.second), "id": each.wamid, "removed": each.removed}
        for name, each in newest.items()
    }


def _newest_of_each_person(world: World, reactions: Iterable[Reaction]) -> list[Reaction]:
    people: list[tuple[frozenset[str], Reaction]] = []
    for reaction in sorted(reactions, key=lambda each: (each.second, each.removed, each.wamid)):
        own = names(world, reaction)
        same = [each for each in people if each[0] & own]
        people = [each for each in people if each not in same]
        people.append((own.union(*(known for known, _ in same)), reaction))
    return [last for _, last in people]


def told_late(world: World, items: Collection[Item]) -> list[Reaction]:
    """Of each message and person one reaction, where only what is told joins all that they have.

    If that comes last, nothing is done with it before they react to the message again.
    """
    world = _told(world, items)
    untold = replace(world, told=())
    texts = {wamid: chat for wamid, (_, chat) in placed(world, items).items()}
    chats = {each.wamid: each.chat for each in world.outbound} | texts
    found: list[Reaction] = []
    for wamid, chat in chats.items():
        reactions = [
            each
            for each in items
            if isinstance(each, Reaction)
            and meant(world, items, each) == wamid
            and _is_in_reach(world, each, chat)
        ]
        if len(_newest_of_each_person(untold, reactions)) > len(
            newest := _newest_of_each_person(world, reactions)
        ):
            found += newest
    return found


def names(world: World, item: Item) -> frozenset[str]:
    """All that names the driver: in the event, in tracking records, and where two are named.

    Names are joined by each record and item of the lease number that has two of them, and so on;
    in these worlds no name is ever given to somebody else.
    """
    found = _names_of(item.driver).union(*map(_names_of_record, candidates(world, item)))
    here = spelled(item.lease_number)
    joined = [_names_of_record(each) for each in world.records if each.lease_number in here]
    for told in world.told:
        if told.lease_number in here:
            now = _names_of(told.now) if isinstance(told, Changed) else frozenset[str]()
            joined.append(_names_of(told.driver) | now)
    while more := frozenset[str]().union(*(each for each in joined if each & found)) - found:
        found |= more
    return found


def _names_of(named: Named) -> frozenset[str]:
    return spelled(named.number) | ({named.user_id} - {""})


def _names_of_record(record: Record) -> frozenset[str]:
    return _names_of(Named(number=digits(record.number), user_id=record.user_id))


def person(world: World, item: Item, chat: Chat) -> str:
    """The driver of the matched tracking record, whatever Meta calls them in the event."""
    record = next(record for record in candidates(world, item) if record.chat == chat)
    return digits(record.number) or record.user_id


def _reaction_fields(name: str, reaction: Reaction) -> Mapping[str, object]:
    return {
        "emoji": reaction.emoji,
        "from": name,
        "whatsappMessageId": reaction.wamid,
        "reactedAt": moment(reaction.second),
    }
