"""A status: says how far an outbound message got."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from webhooks.whatsapp import failures
from webhooks.whatsapp.envelope import StatusPart
from webhooks.whatsapp.fields import Common, plain_word
from webhooks.whatsapp.items import Item


class Status(IntEnum):
    """The statuses that are processed, in the contract's order: a greater one replaces a lesser."""

    SENT = 1
    FAILED = 2
    DELIVERED = 3
    READ = 4
    PLAYED = 5

    @property
    def word(self) -> str:
        """Meta's word for it, as documents hold it."""
        return self.name.lower()


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusUpdate(Item):
    """How far an outbound message got. `message_id` is always present."""

    occurred_at: datetime
    status: Status

    @property
    def changes(self) -> str:
        """The message that it is about."""
        return self.message_id


STATUSES = {status.word: status for status in Status}
_OF_A_MESSAGE = "message"  # StatusPart.type; most statuses do not say it


def is_of_another_thing(item: StatusPart) -> bool:
    """Whether it is no message's, whatever its word (contract: Services): a payment's, say."""
    return bool(item.type) and item.type != _OF_A_MESSAGE


def of_what(item: StatusPart) -> str:
    """What a status that is not a message's is about, in Meta's word; else nothing."""
    if not is_of_another_thing(item):
        return ""
    return f"its type is {plain_word(item.type) or 'another'}, not message"


def read(item: StatusPart, common: Common, *, status: Status, when: datetime) -> StatusUpdate:
    """Reads one of `statuses[]`, of a status that is processed."""
    errors = failures.kept(item.errors) if status is Status.FAILED else ()
    return StatusUpdate(**common, occurred_at=when, status=status, errors=errors)
