"""Chats in memory, changed by the pure rules alone: no database, no Firestore, no queue."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from listeners import handlers
from listeners.firestore.documents import (
    StoredMessage,
    changed_fields,
    chat_of,
    new_fields,
    read_message,
    read_tracking_record,
)
from listeners.handlers import message
from listeners.tracking import ChatKey, Records, TrackingRecord
from listeners.workspace import Placed, Unit, Workspace
from tests.convergence.model import Documents
from tests.convergence.payloads import payload
from tests.convergence.world import Chat, Record, World, moment
from webhooks.outcomes import Reason, State
from webhooks.whatsapp.items import DriverMessage, Item
from webhooks.whatsapp.numbers import is_same_number
from webhooks.whatsapp.payload import parse
from webhooks.whatsapp.reading import read
from webhooks.whatsapp.wamids import key_of

_key_of = cache(key_of)  # a world has few ids, which are asked for again and again


@dataclass(kw_only=True)
class Memory:
    """The documents of a world, and where its texts belong."""

    records: list[TrackingRecord]
    messages: dict[str, dict[str, Any]]
    unread: dict[str, int | None]
    placements: dict[str, ChatKey] = field(default_factory=dict)
    created: set[str] = field(default_factory=set)
    seen: list[Item] = field(default_factory=list)  # all that came, as the ledger has it

    @classmethod
    def of(cls, world: World) -> "Memory":
        """The world before any item."""
        return cls(
            records=[_tracking_record(record) for record in world.records],
            messages={
                f"{each.chat.messages}/{each.document_id}": {
                    **each.fields,
                    "whatsappMessageId": each.wamid,
                }
                for each in world.outbound
            },
            unread={chat.enquiry: count for chat, count in world.enquiries.items()},
        )

    @property
    def documents(self) -> Documents:
        """What the chats hold now."""
        return Documents(messages=self.messages, unread=self.unread)

    def apply(
        self, items: Sequence[Item], *, patient: bool, lost: Collection[int] = ()
    ) -> list[Item]:
        """Applies items as one run would; returns those that must come again.

        `lost` are positions of items whose writes do not get through. Of several units each is
        all or nothing, as in Firestore.
        """
        again: list[Item] = []
        self.seen += [item for item in items if item not in self.seen]
        items = sorted(items, key=_age)
        while items:
            workspace = self._workspace(items)
            items = self._lay_down(items, workspace, again, patient=patient)
            for unit in workspace.units:
                own = [outcome.item for outcome in unit.outcomes]
                if any(item.position in lost for item in own):
                    again += own
                else:
                    self._write(unit)
        return again

    def _workspace(self, items: Sequence[Item]) -> Workspace:
        """With the other ids of the messages that the items name, as far as they were seen."""
        messages = self._stored()
        alone = Workspace(records=Records(self.records), messages=messages)
        known = {stored.message.message_id for stored in messages}
        others = {
            item.position: self._other_ids(item, alone.names(item))
            for item in items
            if item.changes not in known
        }
        return Workspace(records=Records(self.records), messages=messages, other_ids=others)

    def _other_ids(self, item: Item, names: Collection[str]) -> set[str]:
        """Of the message that the item changes, as events of the same person named it."""
        key = _key_of(item.changes)
        return {
            each
            for other in self.seen
            for each in (other.message_id, other.refers_to)
            if _key_of(each) == key != ""
            and is_same_number(other.lease_number, item.lease_number)
            and not other.person.names.isdisjoint(names)
        }

    def _lay_down(
        self, items: Sequence[Item], workspace: Workspace, again: list[Item], *, patient: bool
    ) -> list[Item]:
        """Returns what comes later, once the texts that it quotes are written."""
        beside: set[str] = set()
        placements = [self._placement(item, workspace, beside, patient=patient) for item in items]
        later: list[Item] = []
        for item, placement in zip(items, placements, strict=True):
            if placement is None:
                later.append(item)
                continue
            outcome = handlers.apply(item, workspace=workspace, placement=placement)
            if outcome is not None and outcome.reason.state is State.WAITING:
                again.append(item)
        return later

    def _placement(
        self, item: Item, workspace: Workspace, beside: set[str], *, patient: bool
    ) -> Placed | Reason | None:
        if not isinstance(item, DriverMessage):
            return Reason.NONE
        known = self.placements.get(item.message_id)
        choice = known or message.choose(item, workspace=workspace, beside=beside, patient=patient)
        if not isinstance(choice, ChatKey):
            return choice
        beside.add(item.message_id)
        self.placements[item.message_id] = choice
        return Placed(chat=choice, mine=True, applied=item.message_id in self.created)

    def _stored(self) -> list[StoredMessage]:
        stored = []
        for path, fields in self.messages.items():
            chat = chat_of(path)
            assert chat is not None
            message = read_message(document_id=path.rpartition("/")[2], fields=fields)
            stored.append(StoredMessage(chat=chat, message=message, version=0))
        return stored

    def _write(self, unit: Unit) -> None:
        chat = Chat(lease_id=unit.chat.lease_id, enquiry_id=unit.chat.enquiry_id)
        path = f"{chat.messages}/{unit.after.document_id}"
        if unit.before is not None:
            self.messages[path] |= changed_fields(unit.before.message, unit.after)
        elif chat.enquiry in self.unread:
            assert unit.after.written is not None
            assert path not in self.messages
            self.messages[path] = new_fields(unit.after, written=unit.after.written)
            self.unread[chat.enquiry] = (self.unread[chat.enquiry] or 0) + 1
            self.created.add(unit.after.message_id)


def items_of(batch: Sequence[Any]) -> tuple[Item, ...]:
    """The items of a delivery with these items, read from its bytes."""
    return read(parse(payload(batch)))


def _age(item: Item) -> tuple[float, int]:
    return (item.occurred_at.timestamp() if item.occurred_at else 0.0, item.position)


def _tracking_record(record: Record) -> TrackingRecord:
    read_record = read_tracking_record(
        lease_number=record.lease_number,
        document_id=record.document_id,
        fields={
            "leaseId": record.chat.lease_id,
            "enquiryId": record.chat.enquiry_id,
            "driverMobileNumber": record.number,
            "driverUserId": record.user_id,
            "active": record.active,
            "updatedAt": moment(record.updated_second),
            "createdAt": moment(record.created_second),
        },
        version=0,
    )
    assert read_record is not None
    return read_record
