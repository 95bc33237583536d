"""A status: says how far an outbound message got."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from webhooks.whatsapp import failures
from webhooks.whatsapp.envelope import StatusPart
from webhooks.whatsapp.fields import Common
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
    errors: tuple[Mapping[str, object], ...] = ()  # errors[] of a failed one, whole

    @property
    def changes(self) -> str:
        """The message that it is about."""
        return self.message_id


STATUSES = {status.word: status for status in Status}


def read(item: StatusPart, common: Common, *, status: Status, when: datetime) -> StatusUpdate:
    """Reads one of `statuses[]`, of a status that is processed."""
    errors = failures.kept(item.errors) if status is Status.FAILED else ()
    return StatusUpdate(**common, occurred_at=when, status=status, errors=errors)
