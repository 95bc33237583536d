"""A run's workspace: what one pass has loaded, and what must be written of it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType

from listeners.chat import ChatMessage
from listeners.firestore.documents import StoredMessage
from listeners.tracking import (
    Candidates,
    ChatKey,
    Naming,
    Records,
    TrackingRecord,
    candidates,
)
from webhooks.outcomes import Reason
from webhooks.whatsapp.identifiers import own_document_id
from webhooks.whatsapp.items import Item, Person

GIVEN_AWAY = "a tracking record has this user id, and another number than Meta named last with it"
YET_TO_COME = datetime.max.replace(tzinfo=UTC)  # when what this pass makes will be created


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of one item. `document_id` is empty where no message is concerned."""

    item: Item
    reason: Reason
    chat: ChatKey | None = None
    document_id: str = ""
    detail: str = ""  # free of personal data
    stored_id: str = ""  # Meta's other id, by which the message that it refers to was found
    candidates: tuple[TrackingRecord, ...] = ()  # the tracking records it was looked for by


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """The chat that a text belongs to, once and for all (contract: Which chat)."""

    chat: ChatKey
    mine: bool  # this item, rather than another delivery of the same text, has taken it
    applied: bool  # the message has been created: never again, even if it was deleted since
    sought: bool = False  # it is looked for by Meta's id before it is created
    recreated: bool = False  # by a repair: our own document, if it is there, is this text's
    found: str = ""  # the document that somebody else had written it as; empty: none was found


@dataclass(frozen=True, kw_only=True, slots=True)
class FormerSelf:
    """Who somebody was before they changed number or user id."""

    names: frozenset[str]
    records: tuple[TrackingRecord, ...]  # the candidates that are found by them; the best is first


@dataclass(kw_only=True, slots=True)
class Unit:
    """A message's change and the outcomes that are true once it is written: all or nothing."""

    chat: ChatKey
    before: StoredMessage | None  # None: the message is created
    after: ChatMessage
    outcomes: list[Outcome] = field(default_factory=list)


class Workspace:
    """Holds the tracking records and messages of one pass, and the units that items make."""

    def __init__(
        self,
        *,
        records: Records,
        messages: Iterable[StoredMessage],
        numbers: Mapping[Naming, str] = MappingProxyType({}),
        former: Mapping[Naming, FormerSelf] = MappingProxyType({}),
        other_ids: Mapping[int, Collection[str]] = MappingProxyType({}),
        joined: Mapping[int, Collection[str]] = MappingProxyType({}),
    ) -> None:
        """`numbers`: those that Meta had named last with a user id, where that counts. `former`: of
        those who had another name, where it was looked for.
        `other_ids`: by position of an item those of the message that it refers to. `joined`: by
        position what else names its person, where it was looked for.
        """
        self._joined = joined
        self._former = former
        self._records = records
        self._numbers = numbers
        self._other_ids = other_ids
        # By lease number, person, and the number that Meta had named last with the user id.
        self._candidates: dict[tuple[str, Person, str], Candidates] = {}
        # Both by chat and document.
        self._messages = {(each.chat, each.message.document_id): each for each in messages}
        self._units: dict[tuple[ChatKey, str], Unit] = {}
        self._documents: dict[tuple[ChatKey, str], str] = {}  # by chat and Meta's id
        for chat, document in sorted(self._messages, key=lambda key: key[1]):
            self._name(chat, self._messages[chat, document].message)

    def candidates(self, item: Item) -> Candidates:
        """The tracking records of the item's lease number and person.

        Where there are none, those of the person's former name: an alias never outvotes a record.
        """
        newest_number = self._numbers.get(Naming.of(item), "") if self._numbers else ""
        key = (item.lease_number, item.person, newest_number)
        known = self._candidates.get(key)
        if known is None:
            known = candidates(
                self._records.about(item.lease_number, item.person),
                lease_number=item.lease_number,
                person=item.person,
                newest_number=newest_number,
            )
            self._candidates[key] = known
        former = self._former_self(item)
        if former is not None and not known.records:
            return replace(known, records=former.records)
        return known

    def former_names(self, item: Item) -> frozenset[str]:
        """All that named the item's person before, where it was looked for."""
        former = self._former_self(item)
        return former.names if former is not None else frozenset()

    def _former_self(self, item: Item) -> FormerSelf | None:
        return self._former.get(Naming.of(item)) if self._former else None

    def names(self, item: Item) -> frozenset[str]:
        """All that names the item's person: in the item, their tracking records and aliases."""
        records = self.candidates(item).records
        return item.person.names.union(
            self.former_names(item),
            self._joined.get(item.position, ()),
            *(each.names for each in records),
        )

    def remark(self, item: Item) -> str:
        """What people should know who look for the item's chat; free of personal data."""
        return GIVEN_AWAY if self.candidates(item).given_away else ""

    def find(self, chat: ChatKey, message_id: str) -> ChatMessage | None:
        """The message as it stands with everything that earlier items of this pass changed.

        Of several documents with Meta's id the one that is not ours: it was there before ours, so
        that the order and grouping of items make no difference.
        """
        document = self._documents.get((chat, message_id))
        return None if document is None else self.read(chat, document)

    def holder(
        self, chats: Iterable[ChatKey], message_id: str
    ) -> tuple[ChatKey, ChatMessage] | None:
        """The first of these chats that holds the message, and the message, as `find` has it.

        A document that is not ours goes before ours in another chat too, and of several of ours
        (one from a ledger that is lost) the oldest, for the same reason.
        """
        found = ((chat, self.find(chat, message_id)) for chat in chats)
        held = [(chat, message) for chat, message in found if message is not None]
        own = own_document_id(message_id)
        others = (each for each in held if each[1].document_id != own)
        ours = min(held, key=lambda each: self._created(each[0], own), default=None)
        return next(others, ours)

    def meant(
        self, item: Item, chats: Iterable[ChatKey], message_id: str
    ) -> tuple[ChatKey, ChatMessage] | None:
        """The message of these chats that an item means by an id, and its chat.

        That is the holder of the id, or else of the other ids that the message may have; if those
        lead to several messages, none of them (contract: One number, one person, one message).
        """
        chats = tuple(chats)
        held = self.holder(chats, message_id)
        if held is not None:
            return held
        others = (self.holder(chats, each) for each in self._other_ids.get(item.position, ()))
        found = {(each[0], each[1].document_id): each for each in others if each is not None}
        return next(iter(found.values())) if len(found) == 1 else None

    def is_meant(self, item: Item, message_ids: Collection[str], message_id: str) -> bool:
        """Whether one of these messages may be the one that an item means by an id."""
        others = self._other_ids.get(item.position, ())
        return message_id in message_ids or any(each in message_ids for each in others)

    def _created(self, chat: ChatKey, document: str) -> datetime:
        stored = self._messages.get((chat, document))
        return stored.created if stored is not None and stored.created else YET_TO_COME

    def read(self, chat: ChatKey, document: str) -> ChatMessage | None:
        """The same by the document's id. Only what was loaded, or made by this pass, is here."""
        unit = self._units.get((chat, document))
        if unit is not None:
            return unit.after
        stored = self._messages.get((chat, document))
        return stored.message if stored is not None else None

    def _name(self, chat: ChatKey, message: ChatMessage) -> None:
        key = (chat, message.message_id)
        known = self._documents.get(key)
        if known is None or known == own_document_id(message.message_id):
            self._documents[key] = message.document_id

    def settle(self, outcome: Outcome, message: ChatMessage, *, chat: ChatKey) -> Outcome | None:
        """Lays down the message of a chat as the item leaves it.

        Returns the outcome if it holds already, or None if it depends on a write.
        """
        key = (chat, message.document_id)
        unit = self._units.get(key)
        if unit is None:
            stored = self._messages.get(key)
            if stored is not None and stored.message == message:
                return outcome
            unit = Unit(chat=chat, before=stored, after=message)
            self._units[key] = unit
            self._name(chat, message)
        unit.after = message
        unit.outcomes.append(outcome)
        return None

    @property
    def units(self) -> tuple[Unit, ...]:
        """What must be written, in the order in which it came up."""
        return tuple(self._units.values())
